# What is measured: each server with one thread on one core, without log and validation, forwarding to one upstream.

peers=()

# Where each server listens.
port_of() {
    case $1 in
    zone) echo $((ports)) ;;
    upstream) echo $((ports + 1)) ;;
    single) echo $((ports + 2)) ;;
    batch) echo $((ports + 3)) ;;
    dns64d) echo $((ports + 4)) ;;
    unbound) echo $((ports + 5)) ;;
    bind) echo $((ports + 6)) ;;
    esac
}

find_peers() {
    peers=(dns64d)
    PATH=$PATH:/usr/sbin:/usr/local/sbin
    if command -v unbound > /dev/null; then peers+=(unbound); else echo "Unbound is not installed: left out." >&2; fi
    if command -v named > /dev/null; then peers+=(bind); else echo "BIND is not installed: left out." >&2; fi
}

peer_versions() {
    for peer in "${peers[@]}"; do
        case $peer in
        dns64d) printf 'dns64d;' ;;
        unbound) printf 'Unbound %s;' "$(unbound -V | awk 'NR == 1 { print $2 }')" ;;
        bind) printf 'BIND %s;' "$(named -v | sed -E 's/^BIND ([0-9.]+).*/\1/')" ;;
        esac
    done
}

# Ten thousand names with an A each, for nsd and for the load; and a first one to knock with.
write_names() {
    seq -f 'host-%05.0f.bench.example AAAA' 0 9999 > "$work/names"
    head -n 1 "$work/names" > "$work/first"
    {
        echo '$ORIGIN bench.example.'
        echo '@ 86400 IN SOA ns hostmaster 1 86400 86400 86400 86400'
        echo '@ 86400 IN NS ns'
        echo 'ns 86400 IN A 192.0.2.1'
        seq 0 9999 | awk '{ printf "host-%05d 86400 IN A 198.51.%d.%d\n", $1, 100 + int($1 / 250), 1 + $1 % 250 }'
    } > "$work/bench.zone"
    cat > "$work/nsd.conf" << END
server:
  ip-address: 127.0.0.1@$(port_of zone)
  server-count: 1
  username: "$(id -un)"
  chroot: ""
  zonesdir: "$work"
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "$work/zone.list"
  xfrdir: "$work"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: bench.zone
END
}

start_zone() {
    spawn zone "$load_core" nsd -d -c "$work/nsd.conf"
    await zone "$(port_of zone)" --any
}

# start_upstream [DELAY]: knows every name.
start_upstream() {
    spawn upstream "$load_core" "$tools/dns-upstream" "$(port_of upstream)" "${1:-0}"
    await upstream "$(port_of upstream)" --any
}

# configure PEER UPSTREAM: writes its configuration and leaves its command in `command`.
configure() {
    local port upstream
    port=$(port_of "$1") upstream=$(port_of "$2")
    case $1 in
    dns64d) configure_dns64d ;;
    unbound) configure_unbound ;;
    bind) configure_bind ;;
    esac
}

# start PEER UPSTREAM
start() {
    configure "$1" "$2"
    spawn "$1" "$server_core" "${command[@]}"
    await "$1" "$(port_of "$1")"
}

# Caches: more than enough for a million names each.
configure_dns64d() {
    cat > "$work/dns64d.yaml" << END
server: { listen: ["127.0.0.1:$port"], allow: ["127.0.0.0/8"], workers: 1 }
control: { socket: null }
dns64: { mode: standard, prefixes: ["64:ff9b::/96"] }
upstream: [{ zone: ".", servers: ["127.0.0.1:$upstream"] }]
cache: { size: 512MiB }
log: { level: warning }
END
    command=("$dns64d" --config "$work/dns64d.yaml")
}

configure_unbound() {
    cat > "$work/unbound.conf" << END
server:
  interface: 127.0.0.1@$port
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-daemonize: no
  do-not-query-localhost: no
  num-threads: 1
  module-config: "dns64 iterator"
  dns64-prefix: 64:ff9b::/96
  minimal-responses: yes
  msg-cache-size: 1g
  rrset-cache-size: 1g
  verbosity: 0
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "$work"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@$upstream
END
    command=(unbound -d -c "$work/unbound.conf")
}

configure_bind() {
    mkdir -p "$work/bind"
    cat > "$work/named.conf" << END
options {
  directory "$work/bind";
  listen-on port $port { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion yes;
  allow-query { 127.0.0.0/8; };
  allow-recursion { 127.0.0.0/8; };
  forward only;
  forwarders { 127.0.0.1 port $upstream; };
  dns64 64:ff9b::/96 { clients { any; }; };
  dnssec-validation no;
  empty-zones-enable no;
  minimal-responses yes;
  max-cache-size 2g;
  pid-file none;
  session-keyfile none;
};
controls { };
logging { category default { null; }; };
END
    command=(named -f -n 1 -c "$work/named.conf")
}
