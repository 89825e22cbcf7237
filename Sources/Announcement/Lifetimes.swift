// How long what is announced holds, in seconds, and the sentences that say so.

enum Lifetimes {
    /// RFC 4861 section 6.2.1: the default of MaxRtrAdvInterval.
    static let maximumInterval = 600

    /// RFC 4861 section 6.2.1, AdvDefaultLifetime: "Default: 3 * MaxRtrAdvInterval"
    static let router = 3 * maximumInterval

    /// RFC 8781 section 4.1: "By default, the value of the Scaled Lifetime field SHOULD be set to the lesser of 3 x
    /// MaxRtrAdvInterval [RFC4861] divided by 8, or 8191." It is "in units of 8 seconds", and "highly undesirable for the
    /// NAT64 prefix to have a lifetime shorter than the Router Lifetime".
    static let pref64 = min(3 * maximumInterval, 8191 * 8)

    /// RFC 8106 section 5.1: "The value of Lifetime SHOULD by default be at least 3 * MaxRtrAdvInterval".
    static let resolvers = 3 * maximumInterval

    /// DHCPv6 information refresh time. RFC 8415 section 21.23: without the option a day, and at least IRT_MINIMUM, 600.
    /// An hour, so that a resolver that moves is found the same day.
    static let informationRefresh = 3600

    /// V6ONLY_WAIT. RFC 8925 section 3.4: "Default: 1800 seconds"; "The value MUST NOT be less than MIN_V6ONLY_WAIT
    /// seconds", which are 300.
    static let v6OnlyWait = 1800

    /// A DHCPv4 lease, so that a host which learns to do without IPv4 gives it up soon.
    static let lease = 3600
}
