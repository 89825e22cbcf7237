// RFC 6052 sections 2.2 and 2.3: which IPv4 address an IPv6 destination stands for, and back.

internal import NetAddress

/// A prefix with the bits that stand behind the IPv4 address.
struct PrefixForm: Hashable {
    var prefix: Pref64
    /// Zero in all other places.
    var suffix: IPv6Address
}

/// The forms of addresses that are translated, looked at for each IPv6 packet. An address of another form is refused: its
/// answers would come from another address than the client has asked.
struct PrefixTable {
    private let first: PrefixForm
    private let others: [PrefixForm]

    /// Without any prefix, the well-known one.
    init(_ settings: TranslatorSettings) {
        var forms: [PrefixForm] = []
        for prefix in settings.prefixes.isEmpty ? [.wellKnown] : settings.prefixes {
            for suffix in [IPv6Address(high: 0, low: 0)] + settings.suffixes {
                let form = PrefixForm(
                    prefix: prefix, suffix: IPv6Address(high: 0, low: suffix.low & prefix.suffixMask))
                if !forms.contains(form) { forms.append(form) }
            }
        }
        first = forms.first ?? PrefixForm(prefix: .wellKnown, suffix: IPv6Address(high: 0, low: 0))
        others = Array(forms.dropFirst().prefix(254))
    }

    /// The IPv4 address that `address` stands for, and the number of its form.
    @inline(__always)
    func extract(_ address: IPv6Address) -> (IPv4Address, UInt8)? {
        if let found = first.prefix.extract(address), first.prefix.embed(found, suffix: first.suffix) == address {
            return (found, 0)
        }
        if others.isEmpty { return nil }
        for (index, form) in others.enumerated() {
            if let found = form.prefix.extract(address), form.prefix.embed(found, suffix: form.suffix) == address {
                return (found, UInt8(truncatingIfNeeded: index + 1))
            }
        }
        return nil
    }

    @inline(__always)
    func embed(_ address: IPv4Address, _ number: UInt8) -> IPv6Address {
        let form = self[number]
        return form.prefix.embed(address, suffix: form.suffix)
    }

    subscript(number: UInt8) -> PrefixForm {
        @inline(__always) get { number == 0 || Int(number) > others.count ? first : others[Int(number) - 1] }
    }

    /// The number of a form; nil if it is none of these.
    func number(of form: PrefixForm) -> UInt8? {
        if form == first { return 0 }
        return others.firstIndex(of: form).map { UInt8(truncatingIfNeeded: $0 + 1) }
    }

    func contains(_ address: IPv6Address) -> Bool {
        first.prefix.prefix.contains(.v6(address)) || others.contains { $0.prefix.prefix.contains(.v6(address)) }
    }
}
