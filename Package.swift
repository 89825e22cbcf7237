// swift-tools-version: 6.2
// The module graph, in the order in which arrows may point: a target may import what stands above it, never what stands below.
// docs/architecture.md says what each is for; Tests/ArchitectureTests reads the imports and holds them to it.

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "dns64d",
    products: [
        .executable(name: "dns64d", targets: ["dns64d"]),
        .executable(name: "dns64ctl", targets: ["dns64ctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C floor
        .systemLibrary(name: "CLDNS", pkgConfig: "ldns", providers: [.apt(["libldns-dev"])]),
        .target(name: "CLinux"),
        // Leaves
        .target(name: "NetAddress", swiftSettings: swiftSettings),
        .target(name: "Telemetry", swiftSettings: swiftSettings),
        .target(name: "LinuxIO", dependencies: ["CLinux", "NetAddress", "Telemetry"], swiftSettings: swiftSettings),
        // Query path
        .target(name: "DNSMessage", dependencies: ["CLDNS", "NetAddress"], swiftSettings: swiftSettings),
        .target(name: "AnswerCache", dependencies: ["NetAddress", "Telemetry"], swiftSettings: swiftSettings),
    ]
)
