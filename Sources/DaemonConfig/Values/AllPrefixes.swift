// The prefixes of all policies together: what a translator has to serve.

public import NetAddress

extension Configuration {
    /// The prefixes of the `dns64` section and then those that entries of `clients` have of their own, each once, in
    /// the order of the file. At least one; with a translator of our own none overlaps another.
    public var allPrefixes: [Pref64] {
        var seen = Set<Pref64>()
        return (dns64.prefixes + clients.flatMap(\.effective.prefixes)).filter { seen.insert($0).inserted }
    }
}
