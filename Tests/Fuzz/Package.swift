// swift-tools-version: 6.2
// The fuzzer and the soak: a package of its own, so that the main one needs neither libFuzzer nor public internals.
// Sources/ has links to the modules that are fuzzed. Tests/Fuzz/run and scripts/soak build it.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
    targets: [
        .systemLibrary(name: "CLDNS", pkgConfig: "ldns", providers: [.apt(["libldns-dev"])]),
        .target(name: "NetAddress", swiftSettings: swiftSettings),
        .target(name: "Telemetry", swiftSettings: swiftSettings),
        .target(name: "DNSMessage", dependencies: ["CLDNS", "NetAddress"], swiftSettings: swiftSettings),
        .target(name: "AnswerCache", dependencies: ["NetAddress", "Telemetry"], swiftSettings: swiftSettings),
        .target(
            name: "Resolver", dependencies: ["DNSMessage", "AnswerCache", "NetAddress", "Telemetry"],
            swiftSettings: swiftSettings),
        // The edge is NIO's and the kernel's; what decides is in Core.
        .target(
            name: "Upstream", dependencies: ["DNSMessage", "NetAddress", "Telemetry"], exclude: ["Edge"],
            swiftSettings: swiftSettings),
        .target(name: "Packet", dependencies: ["NetAddress"], swiftSettings: swiftSettings),
        .target(
            name: "Translator", dependencies: ["NetAddress", "Packet", "Telemetry"], swiftSettings: swiftSettings),
        .target(
            name: "DaemonConfig", dependencies: ["NetAddress", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .target(name: "ControlProtocol", swiftSettings: swiftSettings),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "NetAddress", "Telemetry", "DNSMessage", "AnswerCache", "Resolver", "Upstream", "DaemonConfig",
                "ControlProtocol", "Packet", "Translator",
            ], swiftSettings: swiftSettings),
        .executableTarget(name: "Soak", dependencies: ["DNSMessage", "ControlProtocol"], swiftSettings: swiftSettings),
    ]
)
