// What the client of Jool 4.1.9 printed with a real module behind it, word for word.

enum Recorded {
    /// `jool instance display --csv`
    static let instances = #"""
        Namespace,Name,Framework
        8409dcc0,default,netfilter
        8409dcc0,,iptables
        8409dcc0,sp ace,iptables

        """#

    /// `jool pool4 display --csv`
    static let pool4 = #"""
        Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed
        7,TCP,192.0.2.11,5000,5000,1024,1
        0,TCP,192.0.2.1,5000,6000,1024,0
        0,TCP,192.0.2.1,40000,44999,1024,0
        0,TCP,192.0.2.1,46001,49999,1024,0
        0,TCP,198.51.100.0,100,200,1024,0
        0,TCP,198.51.100.1,100,200,1024,0
        0,TCP,198.51.100.2,100,200,1024,0
        0,TCP,198.51.100.3,100,200,1024,0

        """#

    /// `jool pool4 display --udp --csv`
    static let pool4UDP = #"""
        Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed
        0,UDP,192.0.2.1,40000,49999,1024,0

        """#

    /// `jool pool4 display --icmp --csv`
    static let pool4ICMP = #"""
        Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed
        0,ICMP,192.0.2.1,0,65535,1024,0

        """#

    /// `jool session display --tcp --csv --numeric`
    static let sessionsTCP = #"""
        Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address,IPv6 Local L4-ID,IPv4 Local Address,IPv4 \#
        Local L4-ID,IPv4 Remote Address,IPv4 Remote L4-ID,Expires in,State
        TCP,2001:db8:1::2,39928,64:ff9b::c000:202,5201,192.0.2.1,44788,192.0.2.2,5201,0:03:48.552,V4_FIN_V6_FIN_RCV
        TCP,2001:db8:1::2,39934,64:ff9b::c000:202,5201,192.0.2.1,44789,192.0.2.2,5201,0:03:48.544,V4_FIN_V6_FIN_RCV
        TCP,2001:db8:1::2,55186,64:ff9b::c000:202,8000,192.0.2.1,44825,192.0.2.2,8000,0:03:50.816,V4_FIN_V6_FIN_RCV
        TCP,2001:db8:1::2,34712,64:ff9b::c000:202,9000,192.0.2.1,46938,192.0.2.2,9000,1:59:55.116,ESTABLISHED

        """#

    /// `jool session display --udp --csv --numeric`
    static let sessionsUDP = #"""
        Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address,IPv6 Local L4-ID,IPv4 Local Address,IPv4 \#
        Local L4-ID,IPv4 Remote Address,IPv4 Remote L4-ID,Expires in,State
        UDP,2001:db8:1::2,39894,64:ff9b::c000:202,5353,192.0.2.1,40966,192.0.2.2,5353,0:04:54.676

        """#

    /// `jool session display --icmp --csv --numeric`
    static let sessionsICMP = #"""
        Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address,IPv6 Local L4-ID,IPv4 Local Address,IPv4 \#
        Local L4-ID,IPv4 Remote Address,IPv4 Remote L4-ID,Expires in,State
        ICMP,2001:db8:1::2,351,64:ff9b::c000:202,351,192.0.2.1,31414,192.0.2.2,31414,0:00:40.172

        """#

    /// `jool bib display --csv --numeric --tcp`
    static let bindingsTCP = #"""
        Protocol,IPv6 Address,IPv6 L4-ID,IPv4 Address,IPv4 L4-ID,Static?
        TCP,2001:db8:1::2,39928,192.0.2.1,44788,0
        TCP,2001:db8:1::2,39934,192.0.2.1,44789,0
        TCP,2001:db8:1::2,55186,192.0.2.1,44825,0
        TCP,2001:db8:1::2,80,192.0.2.1,45000,1
        TCP,2001:db8:1::2,34712,192.0.2.1,46938,0

        """#

    /// `jool bib display --udp --csv --numeric`
    static let bindingsUDP = #"""
        Protocol,IPv6 Address,IPv6 L4-ID,IPv4 Address,IPv4 L4-ID,Static?
        UDP,2001:db8:1::2,39894,192.0.2.1,40966,0

        """#

    /// `jool bib display --icmp --csv --numeric`
    static let bindingsICMP = #"""
        Protocol,IPv6 Address,IPv6 L4-ID,IPv4 Address,IPv4 L4-ID,Static?
        ICMP,2001:db8:1::2,351,192.0.2.1,31414,0

        """#

    /// `jool global display --csv`
    static let globals = #"""
        Field,Value
        manually-enabled,TRUE
        pool6,64:ff9b::/96
        lowest-ipv6-mtu,1280
        logging-debug,FALSE
        zeroize-traffic-class,FALSE
        override-tos,FALSE
        tos,0
        mtu-plateaus,"65535,32000,17914,8166,4352,2002,1492,1006,508,296,68"
        address-dependent-filtering,FALSE
        drop-externally-initiated-tcp,FALSE
        drop-icmpv6-info,FALSE
        source-icmpv6-errors-better,TRUE
        f-args,11
        handle-rst-during-fin-rcv,FALSE
        tcp-est-timeout,2:00:00
        tcp-trans-timeout,0:04:00
        udp-timeout,0:05:00
        icmp-timeout,0:01:00
        logging-bib,FALSE
        logging-session,FALSE
        maximum-simultaneous-opens,10
        ss-enabled,FALSE
        ss-flush-asap,TRUE
        ss-flush-deadline,2000
        ss-capacity,512
        ss-max-payload,1452

        """#
}
