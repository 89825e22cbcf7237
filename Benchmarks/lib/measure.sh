# The measurements. Each leaves lines "section, subject, measure, round, value" in `samples`.

# load SUBJECT ARGUMENTS...: asks; the answer, one line of JSON, is in `result`.
load() { finish 110 taskset -c "$load_core" "$tools/dns-load" "$(port_of "$1")" "${@:2}"; }

# field NAME: a number of `result`.
field() { sed -nE "s/.*\"$1\":(-?[0-9.]+).*/\1/p" <<< "$result"; }

note() { printf '%s\t%s\t%s\t%s\t%s\n' "$@" >> "$samples"; } # SECTION SUBJECT MEASURE ROUND VALUE

# Whoever drops or garbles answers has no right to a number.
insist_on_good() { # SUBJECT
    local bad lost good
    good=$(field answers) bad=$(field bad) lost=$(field lost)
    if [ "$bad" -gt 0 ] || [ $((lost * 1000)) -gt "$good" ]; then
        echo "$1: $good good answers, $bad wrong, $lost lost" >&2
        return 1
    fi
}

# Everybody with a warm cache, in front of nsd, which has nothing more to do.
start_warm() {
    start_zone
    for peer in "${peers[@]}"; do
        start "$peer" zone
        load "$peer" "$work/names" --once --seconds 60 --window 32
        [ "$(field answers)" = 10000 ] || { echo "$peer: only $(field answers) of 10000 names" >&2; return 1; }
    done
}

# Processor time an answer at saturation. The floors are measured before each round and after the last.
measure_cpu() {
    start_warm
    for kind in single batch; do
        spawn "$kind" "$server_core" "$tools/echo-floor" "$(port_of "$kind")" "$kind"
        await "$kind" "$(port_of "$kind")" --any
    done
    for ((round = 1; round <= rounds + 1; round++)); do
        for subject in single batch; do cpu_round "$subject" --any; done
        [ "$round" -le "$rounds" ] || break
        for subject in "${peers[@]}"; do cpu_round "$subject"; done
    done
    end_all
}

cpu_round() { # SUBJECT [--any]
    load "$1" "$work/names" --seconds "$seconds" --window 64 --pid "${running[$1]}" --spin "${@:2}"
    insist_on_good "$1"
    note cpu "$1" us "$round" "$(field cpu_us)"
    note cpu "$1" user-share "$round" "$(field user_share)"
    note cpu "$1" busy "$round" "$(field busy)"
    note cpu "$1" qps "$round" "$(field qps)"
    echo "  round $round  $1: $(field cpu_us) us, $(field qps)/s, busy $(field busy)" >&2
}

# Answers a second, as dnsperf sees them: another hand than ours.
measure_qps() {
    command -v dnsperf > /dev/null || { echo "dnsperf is not installed: left out." >&2; return 0; }
    start_warm
    for ((round = 1; round <= rounds; round++)); do
        for subject in "${peers[@]}"; do
            local rate
            finish $((seconds + 20)) taskset -c "$load_core" dnsperf -s 127.0.0.1 -p "$(port_of "$subject")" \
                -d "$work/names" -l "$seconds" -c 1 -T 1 -q 64 -e
            rate=$(awk '/Queries per second:/ { print $4 }' <<< "$result")
            note qps "$subject" dnsperf "$round" "$rate"
            echo "  round $round  $subject: $rate/s" >&2
        done
    done
    end_all
}

# A first answer, upstream 50 ms away. Each name is fresh; the upstream is asked directly in the same rounds.
measure_cold() {
    start_upstream 50
    for peer in "${peers[@]}"; do start "$peer" upstream; done
    for ((round = 1; round <= 2; round++)); do
        seq -f "cold-$round-%03.0f.bench.example AAAA" 1 40 > "$work/cold"
        for subject in upstream "${peers[@]}"; do
            local any=()
            if [ "$subject" = upstream ]; then any=(--any); fi
            load "$subject" "$work/cold" --once --seconds 30 --window 1 "${any[@]}"
            insist_on_good "$subject"
            note cold "$subject" p50-us "$round" "$(field p50)"
            note cold "$subject" p90-us "$round" "$(field p90)"
            echo "  round $round  $subject: $(field p50) us" >&2
        done
    done
    end_all
}

# Resident memory a cached name: asks for very many, then takes upstream away and sees whether they are all there.
measure_memory() {
    seq -f 'mem-%07.0f.bench.example AAAA' 1 "$memory_names" > "$work/many"
    for subject in "${peers[@]}"; do
        start_upstream
        start "$subject" upstream
        local before after asked some
        before=$(resident "${running[$subject]}")
        load "$subject" "$work/many" --once --seconds 90 --window 128
        after=$(resident "${running[$subject]}")
        asked=$(field answers)
        end upstream
        head -n "$asked" "$work/many" | awk -v step=$((asked / 10000 + 1)) 'NR % step == 0' > "$work/some"
        load "$subject" "$work/some" --once --seconds 5 --window 16 || true
        note memory "$subject" names 1 "$asked"
        note memory "$subject" octets 1 "$(((after - before) / asked))"
        note memory "$subject" start-mib 1 "$((before / 1048576))"
        some=$(wc -l < "$work/some")
        note memory "$subject" kept-share 1 "$(awk -v kept="$(field answers)" -v all="$some" 'BEGIN { print kept / all }')"
        echo "  $subject: $(((after - before) / asked)) octets a name, $asked names, $(field answers) of $some still there" >&2
        end_all
    done
}

# From exec to the first synthesized answer.
measure_ready() {
    start_zone
    for ((round = 1; round <= rounds; round++)); do
        for subject in "${peers[@]}"; do
            configure "$subject" zone
            finish 30 taskset -c "$server_core" "$tools/time-to-ready" "$(port_of "$subject")" \
                host-00001.bench.example "${command[@]}" 2> "$work/$subject.log" || { cat "$work/$subject.log" >&2; return 1; }
            note ready "$subject" ms "$round" "$result"
            echo "  round $round  $subject: $result ms" >&2
        done
    done
    end_all
}

# What a reader of the table must know of the machine.
describe_run() {
    echo
    echo "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo), Linux $(uname -r), server on core $server_core," \
        "load on core $load_core, $rounds rounds of $seconds s; medians, smallest and largest in brackets."
    echo
}
