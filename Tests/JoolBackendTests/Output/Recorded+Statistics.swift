// The counters, as the client of Jool 4.1.9 printed them.

extension Recorded {
    /// `jool stats display --all --csv`
    static let statistics = #"""
        Stat,Value
        JSTAT_RECEIVED6,12021
        JSTAT_RECEIVED4,7702
        JSTAT_SUCCESS,19716
        JSTAT_BIB_ENTRIES,6
        JSTAT_SESSIONS,6
        JSTAT_ENOMEM,0
        JSTAT_XLATOR_DISABLED,1
        JSTAT_POOL6_UNSET,0
        JSTAT_SKB_SHARED,0
        JSTAT_L3HDR_OFFSET,0
        JSTAT_SKB_TRUNCATED,0
        JSTAT_HDR6,0
        JSTAT_HDR4,0
        JSTAT_UNKNOWN_L4_PROTO,0
        JSTAT_UNKNOWN_ICMP6_TYPE,6
        JSTAT_UNKNOWN_ICMP4_TYPE,0
        JSTAT_DOUBLE_ICMP6_ERROR,0
        JSTAT_DOUBLE_ICMP4_ERROR,0
        JSTAT_UNKNOWN_PROTO_INNER,0
        JSTAT_HAIRPIN_LOOP,0
        JSTAT_POOL6_MISMATCH,0
        JSTAT_POOL4_MISMATCH,0
        JSTAT_ICMP6_FILTER,0
        JSTAT_UNTRANSLATABLE_DST6,0
        JSTAT_UNTRANSLATABLE_DST4,0
        JSTAT_6056_F,0
        JSTAT_MASK_DOMAIN_NOT_FOUND,0
        JSTAT_BIB6_NOT_FOUND,0
        JSTAT_BIB4_NOT_FOUND,0
        JSTAT_SESSION_NOT_FOUND,0
        JSTAT_ADF,0
        JSTAT_V4_SYN,0
        JSTAT_SYN6_EXPECTED,0
        JSTAT_SYN4_EXPECTED,0
        JSTAT_TYPE1PKT,0
        JSTAT_TYPE2PKT,0
        JSTAT_SO_EXISTS,0
        JSTAT_SO_FULL,0
        JSTAT64_SRC,0
        JSTAT64_DST,0
        JSTAT64_PSKB_COPY,0
        JSTAT64_6791_ENOENT,0
        JSTAT64_ICMP_CSUM,0
        JSTAT64_UNTRANSLATABLE_PARAM_PROB_PTR,0
        JSTAT64_TTL,0
        JSTAT64_FRAGMENTED_ICMP,0
        JSTAT64_2XFRAG,0
        JSTAT64_FRAG_THEN_EXT,0
        JSTAT64_SEGMENTS_LEFT,0
        JSTAT46_SRC,0
        JSTAT46_DST,0
        JSTAT46_PSKB_COPY,0
        JSTAT46_6791_ENOENT,0
        JSTAT46_ICMP_CSUM,0
        JSTAT46_UNTRANSLATABLE_PARAM_PROBLEM_PTR,0
        JSTAT46_TTL,0
        JSTAT46_FRAGMENTED_ICMP,0
        JSTAT46_SRC_ROUTE,0
        JSTAT46_FRAGMENTED_ZERO_CSUM,0
        JSTAT46_BAD_MTU,0
        JSTAT_FAILED_ROUTES,0
        JSTAT_PKT_TOO_BIG,0
        JSTAT_DST_OUTPUT,0
        JSTAT_ICMP6ERR_SUCCESS,0
        JSTAT_ICMP6ERR_FAILURE,0
        JSTAT_ICMP4ERR_SUCCESS,0
        JSTAT_ICMP4ERR_FAILURE,0
        JSTAT_ICMPEXT_BIG,0
        JSTAT_UNKNOWN,0

        """#

    /// `jool stats display --csv --explain | head -5`
    static let explained = #"""
        Stat,Value,Explanation
        JSTAT_RECEIVED6,12021,"Total IPv6 packets received by the instance so far."
        JSTAT_RECEIVED4,7702,"Total IPv4 packets received by the instance so far."
        JSTAT_SUCCESS,19716,"Successful translations. (Note: 'Successful translation' does not imply that the packet \#
        was actually delivered.)"
        JSTAT_BIB_ENTRIES,6,"Number of BIB entries currently held in the BIB."

        """#
}
