// The script itself. Only what a shell has built in, but for `sleep` and `yes`: it is called often.

extension JoolStandIn {
    static let script = #"""
        #!/bin/sh
        ulimit -c 0
        D=${0%/*}
        N='
        '
        mode=
        [ -e "$D/mode" ] && read -r mode < "$D/mode"
        echo "$*" >> "$D/calls"
        refuse() { echo "Error: The kernel module returned error $1: $2" >&2; exit "$1"; }

        misbehave() {
            case $mode in
            hang) trap '' TERM; setsid sleep 8 & while :; do sleep 60; done ;;
            crash) kill -SEGV $$ ;;
            garbage) printf '\033[31mbanana\n,,,"\n'; exit 0 ;;
            empty) exit 0 ;;
            version) [ "$1" = --version ] && { echo 4.0.12.0; exit 0; } ;;
            norights) [ "$1" = --version ] ||
                refuse 1 'CAP_NET_ADMIN capability required. (Maybe try su or sudo?)' ;;
            endless) exec yes 'manually-enabled,TRUE' ;;
            unknown) refuse 22 'The flux capacitor is empty.' ;;
            lacks) [ "$1" = -i ] && refuse 3 "This namespace lacks an instance named '$2'." ;;
            unloaded) [ "$1" = --version ] || {
                echo "Error: Jool's socket family doesn't seem to exist." >&2
                echo "(This probably means Jool hasn't been modprobed.)" >&2
                echo 'Netlink error message: Object not found' >&2
                exit 253
            } ;;
            esac
        }
        misbehave "$@"
        if [ "$1" = --version ]; then echo 4.1.9.0; exit 0; fi

        show() { [ -e "$1" ] && while read -r line; do echo "$line"; done < "$1"; }
        # drop FILE PATTERN: all lines but those of the pattern; false if there was none.
        drop() {
            kept=
            found=1
            [ -e "$1" ] || return 1
            while read -r line; do
                case $line in
                $2) found=0 ;;
                *) kept=$kept$line$N ;;
                esac
            done < "$1"
            printf %s "$kept" > "$1"
            return $found
        }
        has() {
            [ -e "$D/instances" ] || return 1
            while read -r name framework prefix; do [ "$name" = "$1" ] && return 0; done < "$D/instances"
            return 1
        }

        if [ "$1" = instance ]; then
            case $2 in
            display)
                echo Namespace,Name,Framework
                [ -e "$D/instances" ] && while read -r name framework prefix; do
                    echo "8409dcc0,$name,$framework"
                done < "$D/instances"
                exit 0 ;;
            add)
                echo "$*" >> "$D/changes"
                has "$3" && refuse 17 "This namespace already has a Jool instance named '$3'."
                [ "$4" = --netfilter ] && [ -e "$D/instances" ] && while read -r name framework prefix; do
                    [ "$framework" = netfilter ] && refuse 17 'This namespace already has a Netfilter Jool instance.'
                done < "$D/instances"
                echo "$3 ${4#--} $6" >> "$D/instances"
                printf '%s\n' manually-enabled,TRUE "pool6,$6" lowest-ipv6-mtu,1280 logging-debug,FALSE \
                    zeroize-traffic-class,FALSE override-tos,FALSE tos,0 \
                    'mtu-plateaus,"65535,32000,17914,8166,4352,2002,1492,1006,508,296,68"' \
                    address-dependent-filtering,FALSE drop-externally-initiated-tcp,FALSE drop-icmpv6-info,FALSE \
                    source-icmpv6-errors-better,TRUE f-args,11 handle-rst-during-fin-rcv,FALSE \
                    tcp-est-timeout,2:00:00 tcp-trans-timeout,0:04:00 udp-timeout,0:05:00 icmp-timeout,0:01:00 \
                    logging-bib,FALSE logging-session,FALSE maximum-simultaneous-opens,10 ss-enabled,FALSE \
                    ss-flush-asap,TRUE ss-flush-deadline,2000 ss-capacity,512 ss-max-payload,1452 > "$D/globals.$3"
                exit 0 ;;
            remove)
                echo "$*" >> "$D/changes"
                drop "$D/instances" "$3 *" || refuse 3 'The requested instance does not exist.'
                for table in globals pool4 bib session; do : > "$D/$table.$3"; done
                exit 0 ;;
            esac
        fi

        [ "$1" = -i ] || { echo "Unexpected token: '$1'" >&2; exit 234; }
        instance=$2
        table=$3
        operation=$4
        shift 4
        P=TCP
        for word; do
            case $word in
            --tcp) P=TCP ;;
            --udp) P=UDP ;;
            --icmp) P=ICMP ;;
            --explain) explained=,Explanation ;;
            esac
        done
        if [ "$operation" = display ]; then
            case $table in
            pool4) echo 'Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed' ;;
            bib) echo 'Protocol,IPv6 Address,IPv6 L4-ID,IPv4 Address,IPv4 L4-ID,Static?' ;;
            session) printf '%s,%s,%s\n' 'Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address' \
                'IPv6 Local L4-ID,IPv4 Local Address,IPv4 Local L4-ID,IPv4 Remote Address' \
                'IPv4 Remote L4-ID,Expires in,State' ;;
            stats) echo "Stat,Value$explained" ;;
            esac
        fi
        has "$instance" || refuse 3 "This namespace lacks an instance named '$instance'."
        F=$D/$table.$instance
        [ -e "$F" ] || : > "$F"
        count() { total=0; [ -e "$1" ] && while read -r line; do total=$((total + 1)); done < "$1"; }
        row() { echo "$1,$2${explained:+,\"As explained, with a comma.\"}"; }

        case $table-$operation in
        global-display) echo Field,Value; show "$D/globals.$instance" ;;
        pool4-display | bib-display | session-display)
            [ -e "$F" ] && while read -r line; do
                case $line in
                "$P,"*) echo "$line" ;;
                "0,$P,"*) echo "$line" ;;
                esac
            done < "$F" ;;
        stats-display)
            row JSTAT_RECEIVED6 12021
            count "$D/bib.$instance"; row JSTAT_BIB_ENTRIES $total
            count "$D/session.$instance"; row JSTAT_SESSIONS $total
            row JSTAT_ADF 0 ;;
        *) echo "-i $instance $table $operation $*" >> "$D/changes" ;;
        esac
        case $table-$operation in
        global-update)
            value=$2
            case $value in true) value=TRUE ;; false) value=FALSE ;; *,*) value="\"$value\"" ;; esac
            F=$D/globals.$instance
            drop "$F" "$1,*" || { echo "Unexpected token: '$1'" >&2; exit 234; }
            echo "$1,$value" >> "$F" ;;
        pool4-add) echo "0,$P,$2,${3%-*},${3#*-},1024,0" >> "$F" ;;
        pool4-remove) drop "$F" "0,$P,$2,${3%-*},${3#*-},*" ;;
        pool4-flush) : > "$F" ;;
        bib-add)
            while read -r line; do
                case $line in
                "$P,"*",${1%#*},${1#*#},"? | "$P,${2%#*},${2#*#},"*)
                    refuse 17 "Entry $1|$2 collides with $line." ;;
                esac
            done < "$F"
            echo "$P,${2%#*},${2#*#},${1%#*},${1#*#},1" >> "$F" ;;
        bib-remove)
            drop "$D/session.$instance" "$P,*,${1%#*},${1#*#},*,*,*"
            drop "$F" "$P,*,${1%#*},${1#*#},?" || refuse 3 "The entry wasn't in the database." ;;
        esac
        exit 0

        """#
}
