// A plan that is carried out: the device, the lanes, the log.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import Synchronization
internal import Telemetry
internal import Translator
internal import TunDevice

/// All that there is while the backend runs.
struct Running: Sendable {
    var plan: NAT64Plan
    var derivation: Derivation
    var addresses: ChosenAddresses
    var links: LinkFacts
    var device: TunDevice
    var lanes: [TranslatorLane]
    var log: BindingLogWriter?
    var appliedAt: MonotonicTime
    /// Of logs before this one.
    var lostLogLines: UInt64 = 0
    /// What the host warned of.
    var warnings: [String] = []
    /// The device was up when it was last looked at, and nothing has to be set up on it again.
    var isHostCurrent = true

    /// What somebody undid of the host's part, and could not be done again.
    var undone: HealthReason?

    func check(_ now: MonotonicTime) -> HealthCheck {
        HealthCheck(device, derivation, lanes.map(\.shared), undone: undone, now: now)
    }

    /// Starts a lane for each queue. After a failure none runs.
    static func startLanes(_ device: TunDevice, _ derivation: Derivation, _ log: BindingLogWriter?)
        async throws(BackendFailure) -> [TranslatorLane]
    {
        var lanes: [TranslatorLane] = []
        do throws(BackendFailure) {
            for (slice, queue) in device.queues.enumerated() {
                let start = LaneStart(
                    queue: queue, settings: derivation.settings(slice: slice),
                    mergesUDP: device.offload.contains(.udp), log: log)
                lanes.append(try await TranslatorLane.start(start))
            }
            if lanes.count > 1 {
                let peers = lanes.map(\.shared)
                for lane in lanes { try await lane.ask { $0.setPeers(peers) } }
            }
        } catch {
            await stop(lanes)
            throw error
        }
        return lanes
    }

    /// Joining waits for threads, which no task of the pool should.
    static func stop(_ lanes: [TranslatorLane]) async {
        await offThePool { for lane in lanes { lane.stop() } }
    }

    static func stop(_ log: BindingLogWriter?) async {
        guard let log else { return }
        await offThePool { log.stop() }
    }

    private static func offThePool(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            do throws(Errno) {
                _ = try WorkerThread(name: "nat64-stop") {
                    body()
                    continuation.resume()
                }
            } catch {
                body()
                continuation.resume()
            }
        }
    }
}

extension BackendFailure {
    init(_ failure: TunFailure) {
        let kind: Kind =
            switch failure.kind {
            case .noDriver, .notPermitted: .cannotRunHere
            case .inUse, .taken: .conflict
            case .badName: .invalid
            case .refused: .refused
            }
        self.init(kind, failure.message, remedy: failure.remedy)
    }
}
