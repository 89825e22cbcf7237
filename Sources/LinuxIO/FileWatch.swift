// Notices that a file was rewritten, replaced, made or removed: inotify(7) on its directory, since a watch on the file
// itself would follow the old file when a new one is renamed over it.

internal import Glibc
internal import Telemetry

/// Tells an EventLoop's thread that what a path leads to may have changed.
///
/// The path may be a symbolic link, or a chain of them: each link and the file at the end are watched. Neither the
/// file nor its directory need exist yet. Not noticed: a change of a link among the directories on the way.
public final class FileWatch {
    private let path: String
    private let inotify: OwnedDescriptor
    private let loop: EventLoop
    private let notice: CoalescedNotice
    private var registration: Registration?
    /// By watch: the names in that directory that matter.
    private var watched: [Int32: Set<String>] = [:]

    private static let interest = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
    )
    /// As the kernel bounds a chain of links (path_resolution(7)).
    private static let longestLinkChain = 40

    /// Calls `handler` at the earliest `settleTime` nanoseconds after a change. Watches until the object goes away.
    public init(path: String, loop: EventLoop, settleTime: UInt64 = 100_000_000, handler: @escaping () -> Void)
        throws(Errno)
    {
        self.path = path
        self.loop = loop
        inotify = OwnedDescriptor(
            adopting: try SystemCall.glibc { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
        notice = CoalescedNotice(loop: loop, settleTime: settleTime, handler: handler)
        watchAll()
        registration = try loop.register(inotify.raw, for: .readable) { [weak self] _ in self?.readEvents() }
    }

    deinit {
        if let registration { loop.deregister(registration) }
        notice.cancel()
    }

    private func readEvents() {
        var isRelevant = false
        withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 8) { buffer in
            while let count = try? SystemCall.glibcIfReady({ read(inotify.raw, buffer.baseAddress, buffer.count) }),
                count > 0
            {
                let events = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if concernsUs(events) { isRelevant = true }
            }
        }
        guard isRelevant else { return }
        // First the new watches, then the notice: whoever reads the file now can't miss what comes after.
        watchAll()
        notice.raise()
    }

    /// struct inotify_event: watch, mask, cookie, length of the name, then the name, padded with zeros.
    private func concernsUs(_ events: UnsafeRawBufferPointer) -> Bool {
        let headerSize = 16
        var offset = 0
        while offset + headerSize <= events.count {
            let watch = events.loadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = events.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(events.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let nameStart = offset + headerSize
            offset = nameStart + length
            if mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
            // An event of a watch that was given up a moment ago.
            guard let names = watched[watch] else { continue }
            if mask & UInt32(IN_IGNORED) != 0 { watched[watch] = nil }
            if mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF) != 0 { return true }
            guard offset <= events.count else { return true }
            let name = String(decoding: events[nameStart..<offset].prefix { $0 != 0 }, as: UTF8.self)
            if names.contains(name) { return true }
        }
        return false
    }

    /// Watches every directory that the path leads through now, and no other.
    private func watchAll() {
        var wanted: [Int32: Set<String>] = [:]
        var current = path
        for _ in 0..<Self.longestLinkChain {
            let (directory, name) = Self.split(current)
            watch(directory, for: name, in: &wanted)
            guard let target = Self.linkTarget(current) else { break }
            current = target.hasPrefix("/") ? target : "\(directory)/\(target)"
        }
        for watch in watched.keys where wanted[watch] == nil { _ = inotify_rm_watch(inotify.raw, watch) }
        watched = wanted
    }

    /// Watches `directory`, or the nearest one above it that exists, for the next name on the way down.
    private func watch(_ directory: String, for name: String, in wanted: inout [Int32: Set<String>]) {
        var directory = directory
        var name = name
        while true {
            let mask = Self.interest | UInt32(IN_ONLYDIR)
            if let watch = try? SystemCall.glibc({ inotify_add_watch(inotify.raw, directory, mask) }) {
                wanted[watch, default: []].insert(name)
                return
            }
            if directory == "/" || directory == "." { return }
            (directory, name) = Self.split(directory)
        }
    }

    static func split(_ path: String) -> (directory: String, name: String) {
        var path = path[...]
        while path.count > 1, path.last == "/" { path = path.dropLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }

    private static func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress,
                let count = try? SystemCall.glibc({ readlink(path, base, buffer.count) })
            else { return nil }
            return String(decoding: buffer.prefix(count).lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
