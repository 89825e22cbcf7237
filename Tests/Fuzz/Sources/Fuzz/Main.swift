// dns64d's fuzzer: `Fuzz ENTRY [libFuzzer's options] [corpus folders or files]`. `main` is libFuzzer's; these are its
// hooks. `Fuzz seeds FOLDER` writes the translator's first corpus.

internal import Glibc
internal import Synchronization

/// The entry that this process fuzzes, by its place in `Entry.all`; fixed before the first input.
private let chosen = Atomic<Int>(0)

/// Takes the entry's name off the command line before libFuzzer reads it.
@c(LLVMFuzzerInitialize)
public func chooseEntry(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    let words = CommandLine.arguments
    if words.count >= 2, let entry = Entry.all.firstIndex(where: { $0.name == words[1] }) {
        chosen.store(entry, ordering: .relaxed)
        // libFuzzer starts itself anew to merge and to minimize, and knows nothing of the name.
        setenv("FUZZ_ENTRY", words[1], 1)
        arguments.pointee[1] = arguments.pointee[0]
        arguments.pointee += 1
        count.pointee -= 1
        return 0
    }
    if words.count == 3, words[1] == "seeds" {
        SeedPackets().write(to: words[2])
        exit(0)
    }
    let inherited = getenv("FUZZ_ENTRY").map { String(cString: $0) }
    guard let entry = Entry.all.firstIndex(where: { $0.name == inherited }) else {
        print("usage: Fuzz ENTRY [libFuzzer's options] [corpus folders or files]\nentries:")
        for entry in Entry.all { print("  \(entry.name): \(entry.summary)") }
        exit(2)
    }
    chosen.store(entry, ordering: .relaxed)
    return 0
}

@c(LLVMFuzzerTestOneInput)
public func takeInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Entry.all[chosen.load(ordering: .relaxed)].body(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}
