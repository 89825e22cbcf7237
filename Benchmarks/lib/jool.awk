# Samples of section `jool` to a table in Markdown. Ratios are medians of the rounds' own ratios.
BEGIN { FS = "\t" }
$1 == "jool" {
    list[$2, $3] = list[$2, $3] " " $5
    round[$2, $3, $4] = $5
    if ($4 > rounds) rounds = $4
}
function sort(numbers,    n, i, j, v, at) {
    n = split(numbers, at, " ")
    for (i = 2; i <= n; i++) { v = at[i] + 0; for (j = i - 1; j > 0 && at[j] + 0 > v; j--) at[j + 1] = at[j]; at[j + 1] = v }
    least = at[1]; most = at[n]
    middle = n % 2 ? at[(n + 1) / 2] : (at[n / 2] + at[n / 2 + 1]) / 2
    return n
}
function cell(form, scale, subject, measure,    n) {
    n = sort(list[subject, measure])
    if (n == 0) return "-"
    if (n == 1) return sprintf(form, middle * scale)
    return sprintf(form " [" form ", " form "]", middle * scale, least * scale, most * scale)
}
function compare(subject, other, measure,    numbers, r) {
    for (r = 1; r <= rounds; r++)
        if (round[other, measure, r] > 0 && (subject, measure, r) in round)
            numbers = numbers " " round[subject, measure, r] / round[other, measure, r]
    return sort(numbers) ? sprintf("%.2f", middle) : "-"
}
function row(name, measure, form, scale) {
    print "| " name " | " cell(form, scale, "dns64d", measure) " | " cell(form, scale, "dns64d-jool", measure) " | " \
        cell(form, scale, "forward", measure) " | " compare("dns64d", "dns64d-jool", measure) " | " \
        compare("dns64d", "forward", measure) " | " compare("dns64d-jool", "forward", measure) " |"
}
END {
    print "| Inside the guest | dns64d with tun | dns64d with jool | plain forwarding | tun / jool | tun / forwarding | jool / forwarding |"
    print "|---|---:|---:|---:|---:|---:|---:|"
    row("TCP, one flow to the server, Gbit/s", "tcp-one-up", "%.2f", 1)
    row("TCP, one flow from the server, Gbit/s", "tcp-one-down", "%.2f", 1)
    row("TCP, four flows to the server, in sum", "tcp-four-up", "%.2f", 1)
    row("TCP, four flows from the server, in sum", "tcp-four-down", "%.2f", 1)
    row("UDP, iperf3, 1,000 octets unlimited, received Mbit/s", "udp-iperf3", "%.1f", 1)
    row("Ping, median round trip, µs", "ping-median", "%.1f", 1)
}
