// swift-tools-version: 6.2
// The tools of `make bench`. In C, so that nothing but the kernel stands in a floor, and a load costs less than what it loads.

import PackageDescription

let cSettings: [CSetting] = [.define("_GNU_SOURCE"), .treatAllWarnings(as: .error)]

let package = Package(
    name: "Benchmarks",
    targets: [
        .target(name: "DNSWire", cSettings: cSettings),
        .executableTarget(name: "echo-floor", dependencies: ["DNSWire"], cSettings: cSettings),
        .executableTarget(name: "dns-load", dependencies: ["DNSWire"], cSettings: cSettings),
        .executableTarget(name: "dns-upstream", dependencies: ["DNSWire"], cSettings: cSettings),
        .executableTarget(name: "packet-load", dependencies: ["DNSWire"], cSettings: cSettings),
        .executableTarget(name: "time-to-ready", dependencies: ["DNSWire"], cSettings: cSettings),
    ]
)
