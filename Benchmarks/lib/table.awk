# Samples to a table in Markdown. Variables: peers ("dns64d unbound bind"), versions ("dns64d;Unbound 1.17.1;").
# A value that is noisy is judged beside what was measured in the same round: what a server adds to a floor is its own value less
# the mean of the floor before and after it.
BEGIN { FS = "\t"; count = split(peers, peer, " "); split(versions, title, ";") }
{ value[$1, $2, $3, $4] = $5; if ($4 > rounds[$1]) rounds[$1] = $4 }

function sort(list, n,    i, j, v) {
    for (i = 2; i <= n; i++) { v = list[i]; for (j = i - 1; j > 0 && list[j] > v; j--) list[j + 1] = list[j]; list[j + 1] = v }
}
# Fills `list` with what PEER has of a measure; with a floor, with what it adds to that.
function gather(section, subject, measure, floor,    n, r) {
    n = 0
    for (r = 1; r <= rounds[section]; r++) if ((section, subject, measure, r) in value) {
        list[++n] = value[section, subject, measure, r] + 0
        if (floor != "") list[n] -= (value[section, floor, measure, r] + value[section, floor, measure, r + 1]) / 2
    }
    sort(list, n)
    return n
}
function median(n) { return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
function cell(form, scale, n) {
    if (n == 0) return "-"
    if (n == 1) return sprintf(form, list[1] * scale)
    return sprintf(form " [" form ", " form "]", median(n) * scale, list[1] * scale, list[n] * scale)
}
function row(name, section, measure, form, scale, floor, target,    i, n, line, ours, theirs) {
    line = "| " name " |"
    for (i = 1; i <= count; i++) {
        n = gather(section, peer[i], measure, floor)
        line = line " " cell(form, scale, n) " |"
        if (peer[i] == "dns64d" && n) ours = median(n)
        if (peer[i] == "unbound" && n) theirs = median(n)
    }
    print line " " (theirs > 0 ? sprintf("%.2f", ours / theirs) : "-") " | " target " |"
}
function floor_row(name, kind,    n, line, i) {
    n = gather("cpu", kind, "us", "")
    line = "| " name " |"
    for (i = 1; i <= count; i++) line = line " " cell("%.2f", 1, n) " |"
    print line " | |"
}
function cold_row(    i, n, line, trip, ours, theirs) {
    trip = median(gather("cold", "upstream", "p50-us", ""))
    line = sprintf("| First answer, upstream %.1f ms away, in round trips |", trip / 1000)
    for (i = 1; i <= count; i++) {
        n = gather("cold", peer[i], "p50-us", "")
        line = line " " cell("%.3f", 1 / trip, n) " |"
        if (peer[i] == "dns64d" && n) ours = median(n)
        if (peer[i] == "unbound" && n) theirs = median(n)
    }
    print line " " (theirs > 0 ? sprintf("%.2f", ours / theirs) : "-") " | at most 1.1 round trips |"
}
END {
    line = "| |"; rule = "|---|"
    for (i = 1; i <= count; i++) { line = line " " title[i] " |"; rule = rule "---:|" }
    print line " dns64d / Unbound | target |"
    print rule "---:|---|"
    if ("cpu" in rounds) {
        row("Cached synthesized answer, processor time, µs", "cpu", "us", "%.2f", 1, "", "")
        floor_row("Plain echo, one datagram a call, µs", "single")
        floor_row("Plain echo, batches, µs", "batch")
        row("Added to the plain echo, one datagram a call, µs", "cpu", "us", "%.2f", 1, "single", "")
        row("Added to the plain echo, batches, µs", "cpu", "us", "%.2f", 1, "batch", "ratio at most 0.33")
        row("Answers a second, our load, window 64", "cpu", "qps", "%.0f", 1, "", "")
    }
    if ("qps" in rounds) row("Answers a second, dnsperf, window 64", "qps", "dnsperf", "%.0f", 1, "", "")
    if ("cold" in rounds) cold_row()
    if ("memory" in rounds) {
        row("Memory a cached synthesized name, octets", "memory", "octets", "%.0f", 1, "", "ratio at most 1")
        row("Names asked for", "memory", "names", "%.0f", 1, "", "")
        row("of them still cached, %", "memory", "kept-share", "%.1f", 100, "", "")
        row("Memory after the start, MiB", "memory", "start-mib", "%.0f", 1, "", "")
    }
    if ("ready" in rounds) row("Start to first answer, ms", "ready", "ms", "%.0f", 1, "", "")
    if ("cpu" in rounds) warn_if_disturbed()
}
# A server that had its core for itself was busy nearly all the time; one that was not shared it with a stranger.
function warn_if_disturbed(    i, n) {
    for (i = 1; i <= count; i++) {
        n = gather("cpu", peer[i], "busy", "")
        if (median(n) < 0.9) {
            printf "\nNot a quiet machine: %s had its core for %.0f %% of the time. Repeat this when nothing else runs.\n", title[i], \
                median(n) * 100
            return
        }
    }
}
