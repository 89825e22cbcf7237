# Samples of the NAT64 to a table in Markdown, with each target and whether it is met. Variable: tayga (its version). Cells are
# medians of the rounds, with the smallest and the largest; ratios between subjects are medians of the rounds' own ratios, for what
# disturbs the machine in a round disturbs all.
BEGIN { FS = "\t" }
$1 == "nat64" || $1 == "shared" || $1 == "core" {
    list[$1, $2, $3] = list[$1, $2, $3] " " $5
    round[$1, $2, $3, $4] = $5
    if ($4 > rounds) rounds = $4
    seen[$1] = 1
}

# The median of numbers in `middle`, least and most beside it; how many they are is returned.
function sort(numbers,    n, i, j, v, at) {
    n = split(numbers, at, " ")
    for (i = 2; i <= n; i++) { v = at[i] + 0; for (j = i - 1; j > 0 && at[j] + 0 > v; j--) at[j + 1] = at[j]; at[j + 1] = v }
    least = at[1]; most = at[n]
    middle = n % 2 ? at[(n + 1) / 2] : (at[n / 2] + at[n / 2 + 1]) / 2
    return n
}
function gather(section, subject, measure) { return sort(list[section, subject, measure]) }
# The median of the ratios round by round; "" if there are none.
function compare(section, subject, measure, other_section, other,    numbers, r) {
    for (r = 1; r <= rounds; r++)
        if (round[other_section, other, measure, r] > 0 && (section, subject, measure, r) in round)
            numbers = numbers " " round[section, subject, measure, r] / round[other_section, other, measure, r]
    return sort(numbers) ? middle : ""
}
function value(section, subject, measure) { return gather(section, subject, measure) ? middle : "" }
function cell(form, scale, section, subject, measure,    n) {
    n = gather(section, subject, measure)
    if (n == 0) return "-"
    if (n == 1) return sprintf(form, middle * scale)
    return sprintf(form " [" form ", " form "]", middle * scale, least * scale, most * scale)
}
function shown(number) { return number == "" ? "-" : sprintf("%.2f", number) }
function ratio(a, b) { return a != "" && b > 0 ? sprintf("%.2f", a / b) : "-" }
function met(known, good) { return known ? (good ? "met" : "**missed**") : "not measured" }
function print_row(name, ours, theirs, limit, to_theirs, to_limit, target, verdict) {
    print "| " name " | " ours " | " theirs " | " limit " | " to_theirs " | " to_limit " | " target " | " verdict " |"
}

# `least_theirs` and `least_limit`: what the ratios must be at least; "": no target.
function row(name, section, suffix, measure, form, scale, least_theirs, least_limit,    us, theirs, to_theirs, to_limit, target) {
    us = "dns64d" suffix; theirs = "tayga" suffix
    to_theirs = compare(section, us, measure, section, theirs); to_limit = compare(section, us, measure, section, "forward")
    if (least_theirs != "") target = "at least " least_theirs " and " least_limit
    print_row(name, cell(form, scale, section, us, measure), cell(form, scale, section, theirs, measure), \
        cell(form, scale, section, "forward", measure), shown(to_theirs), shown(to_limit), target, \
        target == "" ? "" : met(to_theirs != "" && to_limit != "", to_theirs >= least_theirs && to_limit >= least_limit))
}
function added(form, section, suffix, measure,    direct, ours, theirs) {
    direct = value(section, "forward", measure)
    ours = value(section, "dns64d" suffix, measure); theirs = value(section, "tayga" suffix, measure)
    print_row("added to plain forwarding, µs", ours == "" ? "-" : sprintf(form, ours - direct), \
        theirs == "" ? "-" : sprintf(form, theirs - direct), "", ours == "" ? "-" : ratio(ours - direct, theirs - direct), "", \
        "at most TAYGA's", met(ours != "" && theirs != "", ours <= theirs))
}
# The same subject's four flows against its one, round by round.
function parallel(subject, four, one,    numbers, r) {
    for (r = 1; r <= rounds; r++) if (round["nat64", subject, one, r] > 0)
        numbers = numbers " " round["nat64", subject, four, r] / round["nat64", subject, one, r]
    return sort(numbers) ? middle : ""
}
function four(name, measure, single,    ours) {
    ours = parallel("dns64d", measure, single)
    print_row(name, shown(ours), shown(parallel("tayga", measure, single)), shown(parallel("forward", measure, single)), "", "", \
        "dns64d's at least 1", met(ours != "", ours >= 1))
}
function growth(name, section, subject, few, many,    before, after) {
    before = value(section, subject, few); after = value(section, subject, many)
    print_row(name, ratio(after, before), "", "", "", "", "at most 1.33", met(before != "" && after != "", after <= before * 4 / 3))
}
# A figure of the core alone; `sense` is above 0 where more is better.
function core(name, measure, target, wanted, sense,    v) {
    v = value("core", "dns64d", measure)
    print "| " name " | " (v == "" ? "-" : sprintf("%.0f", v)) " | " target " | " met(v != "", sense > 0 ? v >= wanted : v <= wanted) " |"
}
# Nanoseconds a packet by how many sessions there are.
function sizes(name, way,    n, i, size, line, few, many) {
    n = split("1000 100000 1000000", size, " ")
    for (i = 1; i <= n; i++) line = line " " cell("%.0f", 1, "core", "dns64d", way "-" size[i]) " |"
    few = value("core", "dns64d", way "-1000"); many = value("core", "dns64d", way "-1000000")
    print "| " name " |" line " " ratio(many, few) " | at most 1.33 | " met(few != "" && many != "", many <= few * 4 / 3) " |"
}
function tcp(section, suffix) {
    row("TCP, one flow to the server, Gbit/s", section, suffix, "tcp-one-up", "%.2f", 1, 10, 0.6)
    row("TCP, one flow from the server, Gbit/s", section, suffix, "tcp-one-down", "%.2f", 1, 10, 0.6)
}
function udp(section, suffix) {
    row("UDP of 64 octets, one flow, thousand packets/s", section, suffix, "udp-1", "%.1f", 0.001, 1.3, 0.5)
    row("UDP of 64 octets, 16 flows, thousand packets/s", section, suffix, "udp-16", "%.1f", 0.001, 1.3, 0.5)
}
function latency(section, suffix) {
    row("Ping, median round trip, µs", section, suffix, "ping-median", "%.1f", 1, "", "")
    added("%.1f", section, suffix, "ping-median")
    row("Ping, mean round trip, µs", section, suffix, "ping-mean", "%.1f", 1, "", "")
}
function heading(what) {
    print "| " what " | dns64d | TAYGA " tayga " | plain forwarding | dns64d / TAYGA | dns64d / forwarding | target | |"
    print "|---|---:|---:|---:|---:|---:|---|---|"
}
function clean() {
    row("the same, lost at most 1 %, one flow", "nat64", "", "udp-1-clean", "%.1f", 0.001, "", "")
    row("the same, lost at most 1 %, 16 flows", "nat64", "", "udp-16-clean", "%.1f", 0.001, "", "")
}
function public_pool() {
    heading("Public pool, routed")
    tcp("nat64", "")
    row("TCP, four flows to the server, in sum", "nat64", "", "tcp-four-up", "%.2f", 1, "", "")
    row("TCP, four flows from the server, in sum", "nat64", "", "tcp-four-down", "%.2f", 1, "", "")
    four("four flows / one, to the server", "tcp-four-up", "tcp-one-up")
    four("four flows / one, from the server", "tcp-four-down", "tcp-one-down")
    udp("nat64", "")
    clean()
    latency("nat64", "")
    row("Processor time a packet, 1,000 sessions, µs", "nat64", "", "cost-few", "%.2f", 1, "", "")
    row("Processor time a packet, a million sessions, µs", "nat64", "", "cost-many", "%.2f", 1, "", "")
    growth("growth of that", "nat64", "dns64d", "cost-few", "cost-many")
}
function core_alone() {
    print "| The core alone | dns64d | target | |"
    print "|---|---:|---|---|"
    core("New sessions a second, UDP", "new-sessions-udp", "at least 100,000", 100000, 1)
    core("New sessions a second, TCP SYN", "new-sessions-tcp", "at least 100,000", 100000, 1)
    core("Resident octets a session, at a million", "octets-per-session", "at most 200", 200, -1)
    print ""
    print "| The core alone, ns a packet in random order | 1,000 sessions | 100,000 | 1,000,000 | growth | target | |"
    print "|---|---:|---:|---:|---:|---|---|"
    sizes("IPv6 to IPv4, one after the other", "six-to-four-single")
    sizes("IPv6 to IPv4, prefetched in batches", "six-to-four-batch")
    sizes("IPv4 to IPv6, one after the other", "four-to-six-single")
    sizes("IPv4 to IPv6, prefetched in batches", "four-to-six-batch")
}
END {
    if ("nat64" in seen) public_pool()
    if ("shared" in seen) {
        print ""
        heading("The box's own address shared, once")
        tcp("shared", "-shared")
        udp("shared", "-shared")
        latency("shared", "-shared")
    }
    if ("core" in seen) { print ""; core_alone() }
}
