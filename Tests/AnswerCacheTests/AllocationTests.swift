// No allocation on a hit or an insert, held to by the heap's own books.

import Glibc
import Testing

@testable import AnswerCache

@Suite struct AllocationTests {
    @Test(.disabled(if: HeapBooks.isReplaced, "a sanitizer has put its own heap in the place of glibc's"))
    func neitherFindNorInsertAllocates() throws {
        // What small things leave in the books shows that they would be noticed.
        for size in [16, 40, 100, 500] {
            #expect(try HeapBooks.leastChange(attempts: 20) { free(malloc(size)) } > 0)
        }
        let cache = AnswerCache(byteLimit: 65_536)
        let names = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { names.deallocate() }
        names.copyBytes(from: payload(1, count: 64))
        var (hits, steps) = (0, 0)
        func work() {
            for _ in 0..<100 {
                let name = UnsafeRawBufferPointer(rebasing: names[(steps % 37)..<64])
                hits += Self.use(cache, name, UInt16(steps % 30), UnsafeRawBufferPointer(names))
                steps += 1
            }
        }
        // Until the log has gone round, so that evictions are among what is measured.
        while cache.statistics.evictions == 0 || cache.statistics.moves == 0 { work() }
        #expect(try HeapBooks.leastChange(attempts: 500, of: work) == 0)
        #expect(hits == steps)
    }

    /// Inserts an answer, finds it, and misses another. Returns the number of hits.
    private static func use(
        _ cache: AnswerCache, _ name: UnsafeRawBufferPointer, _ type: UInt16, _ wire: UnsafeRawBufferPointer
    ) -> Int {
        let hash = cache.hash(name)
        let key = CacheKey(name: name, nameHash: hash, type: type, recordClass: 1, variant: 0)
        cache.insert(
            key, facts: AnswerFacts(), ttlOffsets: UnsafeBufferPointer(start: nil, count: 0), wire: wire, storedAt: 0,
            expiresAt: 60)
        return cache.withShard(of: hash) { shard in
            var other = key
            other.type = 99
            return (shard.find(key) == nil ? 0 : 1) + (shard.find(other) == nil ? 0 : 1)
        }
    }
}

/// What glibc's heap says of itself. A small piece that a thread takes and gives back stays in that thread's own store,
/// which the books count as in use. So in a new thread, whose store is empty, even a piece that was freed at once
/// shows.
private enum HeapBooks {
    private typealias MallocInfo = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32

    static var isReplaced: Bool { dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil }

    /// By how many bytes the heap differs after `work`. Other threads' doings disturb it, so the least of many tries
    /// counts.
    static func leastChange(attempts: Int, of work: () -> Void) throws -> Int {
        var least = Int.max
        for _ in 0..<attempts where least > 0 { least = min(least, try change(of: work)) }
        return least
    }

    private static func change(of work: () -> Void) throws -> Int {
        let books = (try Page(), try Page())
        let info = unsafeBitCast(try #require(dlsym(nil, "malloc_info")), to: MallocInfo.self)
        return try withoutActuallyEscaping(work) { work in
            let task = UnsafeMutablePointer<Task>.allocate(capacity: 1)
            task.initialize(to: Task(before: books.0.stream, after: books.1.stream, info: info, work: work))
            defer {
                task.deinitialize(count: 1)
                task.deallocate()
            }
            var thread = pthread_t()
            let failure = pthread_create(
                &thread, nil,
                { argument in
                    argument?.assumingMemoryBound(to: Task.self).pointee.run()
                    return nil
                }, task)
            try #require(failure == 0)
            pthread_join(thread, nil)
            return abs(books.1.bytesInUse - books.0.bytesInUse)
        }
    }

    private struct Task {
        let before: UnsafeMutablePointer<FILE>
        let after: UnsafeMutablePointer<FILE>
        let info: MallocInfo
        let work: () -> Void

        func run() {
            _ = info(0, before)
            work()
            _ = info(0, after)
        }
    }

    /// A stream into memory that is there beforehand, so that writing the books doesn't change them.
    private final class Page {
        private let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: 1 << 17)
        let stream: UnsafeMutablePointer<FILE>

        init() throws {
            bytes.initialize(repeating: 0, count: 1 << 17)
            stream = try #require(fmemopen(bytes, 1 << 17, "w"))
            // The stream takes its buffer when the first byte is written.
            fputs("<!-- -->\n", stream)
            fflush(stream)
        }

        deinit {
            fclose(stream)
            bytes.deallocate()
        }

        /// What was taken from the system, less what is free. The sums over all arenas are at the end.
        var bytesInUse: Int {
            fflush(stream)
            let sums = String(cString: bytes).split(separator: "</heap>").last ?? ""
            func size(_ start: String) -> Int {
                let line = sums.split(separator: "\n").first { $0.hasPrefix(start) }
                return line?.split(separator: "size=\"").last.flatMap { Int($0.prefix { $0 != "\"" }) } ?? .min / 4
            }
            return size("<system type=\"current\"") - size("<total type=\"fast\"") - size("<total type=\"rest\"")
        }
    }
}
