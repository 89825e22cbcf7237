// swift-tools-version: 6.2
// The module graph, in the order in which arrows may point: a target may import what stands above it, never what stands
// below.
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
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
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
        .target(name: "AnswerCache", swiftSettings: swiftSettings),
        .target(
            name: "Resolver", dependencies: ["DNSMessage", "AnswerCache", "NetAddress", "Telemetry"],
            swiftSettings: swiftSettings),
        .target(
            name: "Upstream",
            dependencies: [
                "DNSMessage", "NetAddress", "Telemetry", "LinuxIO", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: swiftSettings),
        .target(
            name: "Listeners",
            dependencies: [
                "NetAddress", "Telemetry", "LinuxIO", "Resolver", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: swiftSettings),
        // Packet path
        .target(name: "Packet", dependencies: ["NetAddress"], swiftSettings: swiftSettings),
        .target(
            name: "Translator", dependencies: ["NetAddress", "Packet", "Telemetry"], swiftSettings: swiftSettings),
        .target(
            name: "TunDevice", dependencies: ["CLinux", "LinuxIO", "NetAddress", "Packet", "Telemetry"],
            swiftSettings: swiftSettings),
        // NAT64 choice
        .target(name: "NAT64Backend", dependencies: ["NetAddress"], swiftSettings: swiftSettings),
        .target(
            name: "HostNetwork",
            dependencies: [
                "NetAddress", "LinuxIO", "NAT64Backend", .product(name: "Subprocess", package: "swift-subprocess"),
            ], swiftSettings: swiftSettings),
        .target(
            name: "TunBackend",
            dependencies: [
                "NetAddress", "Telemetry", "LinuxIO", "Packet", "Translator", "TunDevice", "NAT64Backend",
                "HostNetwork",
            ], swiftSettings: swiftSettings),
        .target(
            name: "JoolBackend", dependencies: ["NetAddress", "Telemetry", "LinuxIO", "NAT64Backend", "HostNetwork"],
            swiftSettings: swiftSettings),
        .target(
            name: "Probe",
            dependencies: ["NetAddress", "LinuxIO", "DNSMessage", "Packet", "TunDevice", "HostNetwork"],
            swiftSettings: swiftSettings),
        // Operator
        .target(name: "Announcement", dependencies: ["NetAddress"], swiftSettings: swiftSettings),
        .target(
            name: "DaemonConfig", dependencies: ["NetAddress", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings),
        .target(name: "ControlProtocol", swiftSettings: swiftSettings),
        .target(
            name: "Doctor",
            dependencies: [
                "NetAddress", "LinuxIO", "DNSMessage", "TunDevice", "NAT64Backend", "HostNetwork", "Probe",
                "DaemonConfig",
                "ControlProtocol",
            ], swiftSettings: swiftSettings),
        .executableTarget(
            name: "dns64d",
            dependencies: [
                "NetAddress", "Telemetry", "LinuxIO", "DNSMessage", "AnswerCache", "Resolver", "Upstream", "Listeners",
                "TunDevice", "NAT64Backend", "HostNetwork", "TunBackend", "JoolBackend", "Probe",
                "Announcement", "DaemonConfig", "ControlProtocol", "Doctor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: swiftSettings),
        .executableTarget(
            name: "dns64ctl",
            dependencies: ["ControlProtocol", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: swiftSettings),
        // Tests: one folder a module
        .target(name: "AllocationCounter", path: "Tests/Support/AllocationCounter"),
        .target(
            name: "HotPath",
            dependencies: [
                "AllocationCounter", "Resolver", "DNSMessage", "AnswerCache", "NetAddress", "Telemetry", "Packet",
                "Translator",
            ],
            path: "Tests/Support/HotPath", swiftSettings: swiftSettings),
        .executableTarget(
            name: "allocation-check",
            dependencies: ["AllocationCounter", "DNSMessage", "HotPath", "Packet", "Translator"],
            path: "Tests/Support/AllocationCheck", swiftSettings: swiftSettings),
        .testTarget(name: "NetAddressTests", dependencies: ["NetAddress"], swiftSettings: swiftSettings),
        .testTarget(
            name: "LinuxIOTests", dependencies: ["LinuxIO", "NetAddress", "Telemetry"], swiftSettings: swiftSettings),
        .testTarget(
            name: "DNSMessageTests", dependencies: ["DNSMessage", "NetAddress"], swiftSettings: swiftSettings),
        .testTarget(name: "AnswerCacheTests", dependencies: ["AnswerCache"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ResolverTests",
            dependencies: [
                "Resolver", "DNSMessage", "AnswerCache", "NetAddress", "Telemetry", "AllocationCounter", "HotPath",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["Resolver", "DNSMessage", "AnswerCache", "NetAddress", "Telemetry"],
            path: "Tests/Conformance", swiftSettings: swiftSettings),
        .testTarget(
            name: "UpstreamTests", dependencies: ["Upstream", "LinuxIO", "DNSMessage", "NetAddress", "Telemetry"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "DaemonConfigTests", dependencies: ["DaemonConfig", "NetAddress"], swiftSettings: swiftSettings),
        .testTarget(name: "ControlProtocolTests", dependencies: ["ControlProtocol"], swiftSettings: swiftSettings),
        .testTarget(
            name: "dns64ctlTests",
            dependencies: [
                "ControlProtocol", "dns64ctl", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: swiftSettings),
        .testTarget(
            name: "TranslatorTests",
            dependencies: ["Translator", "Packet", "NetAddress", "Telemetry", "AllocationCounter", "HotPath"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "translation-bench", dependencies: ["NetAddress", "Packet", "Telemetry", "Translator"],
            path: "Tests/Support/TranslationBench", swiftSettings: swiftSettings),
        .testTarget(
            name: "TunDeviceTests", dependencies: ["TunDevice", "LinuxIO", "NetAddress", "Packet", "Telemetry"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "HostNetworkTests", dependencies: ["HostNetwork", "NAT64Backend", "NetAddress", "LinuxIO"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TunBackendTests",
            dependencies: [
                "TunBackend", "TunDevice", "HostNetwork", "NAT64Backend", "Translator", "Packet", "NetAddress",
                "LinuxIO", "Telemetry",
            ], swiftSettings: swiftSettings),
        .testTarget(
            name: "JoolBackendTests",
            dependencies: ["JoolBackend", "HostNetwork", "NAT64Backend", "NetAddress", "LinuxIO"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ProbeTests",
            dependencies: ["Probe", "DNSMessage", "LinuxIO", "NetAddress", "Packet", "TunDevice"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "AnnouncementTests", dependencies: ["Announcement", "NetAddress"], swiftSettings: swiftSettings),
        .testTarget(
            name: "DoctorTests",
            dependencies: ["Doctor", "ControlProtocol", "DaemonConfig", "NAT64Backend", "NetAddress"],
            swiftSettings: swiftSettings),
        .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
        .testTarget(
            name: "EndToEndTests", dependencies: ["DNSMessage", "NetAddress"], path: "Tests/EndToEnd",
            swiftSettings: swiftSettings),
    ]
)
