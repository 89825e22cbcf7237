// SIGHUP and `dns64ctl reload`: a good file is swapped in whole, with no query lost and the cache kept; a bad one
// changes nothing.

import Foundation
import Synchronization
import Testing

@Suite(.ownThread) struct ReloadTests {
    @Test func aBrokenFileChangesNothing() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            let daemon = try Daemon(house, servers)
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            try daemon.rewrite(servers + "dns64: { mode: sometimes, prefixes: [\"64:ff9b::/95\"] }")
            let reload = try daemon.ctl("reload")
            #expect(reload.status == 1)
            #expect(
                reload.errors.contains("sometimes") && reload.errors.contains("64:ff9b::/95"),
                "all errors: \(reload.errors)")
            #expect(reload.errors.contains("\(daemon.configuration):4:"))
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            daemon.child.signal(SIGHUP)
            let said = eventually(within: 5) {
                daemon.child.errors.components(separatedBy: "not reloaded, nothing changed").count > 2
            }
            #expect(said && daemon.child.errors.contains("sometimes"), "it says why: \(daemon.child.errors)")
            #expect(try daemon.json("status")["lastReloadError"] != nil)
            unlink(daemon.configuration)
            #expect(try daemon.ctl("reload").status == 1)
            try daemon.rewrite(servers)
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try daemon.json("status")["lastReloadError"] == nil)
            #expect(upstream.asked.count == 2, "the cache is kept")
        }
    }

    @Test func aGoodFileBySignal() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            let daemon = try Daemon(house, servers)
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            try daemon.rewrite(servers + "dns64: { prefixes: [\"2001:db8:64::/96\"] }")
            daemon.child.signal(SIGHUP)
            let swapped = try eventually { try daemon.aaaa("a.example.") == ["2001:db8:64::c000:201"] }
            #expect(swapped)
            #expect(upstream.asked.count == 2, "the cache is kept: what is cached is what upstream said")
        }
    }

    @Test func addressesComeAndGo() throws {
        try withHouse { house throws in
            let daemon = try Daemon(house)
            let port = try Ports.free()
            let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
            let more = text.replacingOccurrences(of: "listen: [", with: "listen: [\"127.0.0.1:\(port)\", ")
            try more.write(toFile: daemon.configuration, atomically: true, encoding: .utf8)
            let reload = try daemon.ctl("reload")
            #expect(reload.status == 0 && reload.output.contains("server.listen"))
            let fresh = Endpoint("127.0.0.1", port)
            let answers = try eventually {
                try Ask.udp(fresh, .query("ipv4only.arpa."), within: 0.3)?.addresses.count == 2
            }
            #expect(answers)
            #expect(try house.dig(fresh, "+tcp ipv4only.arpa AAAA").data("AAAA").count == 2)
            try text.write(toFile: daemon.configuration, atomically: true, encoding: .utf8)
            #expect(try daemon.ctl("reload").status == 0)
            let silent = try eventually { try Ask.udp(fresh, .query("ipv4only.arpa."), within: 0.3) == nil }
            #expect(silent)
            #expect(try daemon.aaaa("ipv4only.arpa.").count == 2)
        }
    }

    /// Questions without a pause during twenty reloads: each is answered.
    @Test func noQueryIsLost() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only(after: 0.05))
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            let daemon = try Daemon(house, servers)
            let isOver = Mutex(false)
            let results = Mutex<(asked: Int, lost: [String])>((0, []))
            let done = DispatchGroup()
            let endpoint = daemon.v4
            for asker in 0..<6 {
                done.enter()
                let isStream = asker >= 4
                Thread.detachNewThread {
                    let stream = isStream ? try? StreamClient(endpoint) : nil
                    var index = 0
                    while !isOver.withLock({ $0 }) {
                        index += 1
                        // Some from the cache, some from upstream.
                        let name = index % 3 == 0 ? "cached.example." : "n\(index).asker\(asker).example."
                        let query = DNS.query(name, edns: 1232)
                        var reply: DNS?
                        if let stream {
                            stream.send(query)
                            reply = stream.receive()
                        } else {
                            reply = (try? Ask.udp(endpoint, query)) ?? nil
                        }
                        let good = reply?.responseCode == 0 && reply?.addresses.count == 1
                        results.withLock {
                            $0.asked += 1
                            if !good { $0.lost.append("\(name): \(String(describing: reply))") }
                        }
                    }
                    done.leave()
                }
            }
            for round in 0..<20 {
                let prefix = round % 2 == 0 ? "2001:db8:64::/96" : "64:ff9b::/96"
                try daemon.rewrite(servers + "dns64: { prefixes: [\"\(prefix)\"] }")
                if round % 4 == 3 { daemon.child.signal(SIGHUP) } else { #expect(try daemon.ctl("reload").status == 0) }
                usleep(50_000)
            }
            isOver.withLock { $0 = true }
            #expect(done.wait(timeout: .now() + 15) == .success)
            let found = results.withLock { $0 }
            #expect(found.asked > 200)
            #expect(found.lost.isEmpty, "\(found.lost.count) of \(found.asked): \(found.lost.prefix(3))")
        }
    }
}
