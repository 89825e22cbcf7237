// Everything that comes as text or as frames: the control socket, the configuration, resolv.conf.

internal import ControlProtocol
internal import DaemonConfig
internal import NetAddress
internal import Upstream

/// Input: in what portions it comes; the stream.
func fuzzControl(_ input: UnsafeRawBufferPointer) {
    var reader = InputReader(input)
    let portion = max(1, Int(reader.octet()))
    var decoder = FrameDecoder(limit: Frame.requestLimit)
    var rest = Array(reader.rest)[...]
    do throws(FramingError) {
        while !rest.isEmpty {
            decoder.append(rest.prefix(portion))
            rest = rest.dropFirst(portion)
            while let body = try decoder.next() { readBody(body) }
        }
        try decoder.finish()
    } catch {
        expect(!error.description.isEmpty, "an error without words")
        do throws(FramingError) {
            if case .cutOff = error { return }
            expect(try decoder.next() == nil, "a message after an error")
            expect(false, "the error is forgotten")
        } catch {}
    }
}

private func readBody(_ body: [UInt8]) {
    if let request = try? ControlMessage.request(from: body) {
        guard let frame = try? ControlMessage.frame(request) else { return }
        expect(
            (try? ControlMessage.request(from: Array(frame.dropFirst(Frame.headerSize)))) == request,
            "\(request) did not come back")
    }
    if let response = try? ControlMessage.response(from: body), let frame = try? ControlMessage.frame(response) {
        expect(
            (try? ControlMessage.response(from: Array(frame.dropFirst(Frame.headerSize)))) == response,
            "\(response) did not come back")
    }
}

/// Input: the file.
func fuzzConfiguration(_ input: UnsafeRawBufferPointer) {
    let text = InputReader(input).text
    do throws(ConfigurationErrors) {
        let configuration = try ConfigurationLoader.load(text: text, file: "dns64d.yaml")
        do throws(ConfigurationErrors) {
            let again = try ConfigurationLoader.load(text: configuration.yaml, file: "printed.yaml")
            expect(again == configuration, "printed, it reads otherwise:\n\(configuration.yaml)")
        } catch {
            expect(false, "printed, it can't be read: \(error)\n\(configuration.yaml)")
        }
    } catch {
        expect(!error.errors.isEmpty, "no errors, and no configuration either")
        for one in error.errors {
            expect(one.line >= 1 && one.column >= 1, "no place: \(one)")
            expect(!one.found.isEmpty && !one.allowed.isEmpty, "no words: \(one)")
        }
    }
}

/// Input: the file.
func fuzzResolvConf(_ input: UnsafeRawBufferPointer) {
    let listening = [SocketAddress("127.0.0.1", defaultPort: 53), SocketAddress("[::]", defaultPort: 53)].compactMap {
        $0
    }
    let servers = SystemServers.servers(inResolvConf: InputReader(input).text, listening: listening) {
        $0 == "lo" ? 1 : nil
    }
    expect(Set(servers).count == servers.count, "a server twice: \(servers)")
    for server in servers {
        expect(server.port == 53, "port \(server.port)")
        expect(!listening.contains(server), "this very process: \(server)")
        let again = SystemServers.servers(inResolvConf: "nameserver \(server.address)") { _ in nil }
        expect(server.scope != 0 || again.map(\.address) == [server.address], "\(server) printed and read is \(again)")
    }
}
