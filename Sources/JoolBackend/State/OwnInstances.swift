// Which instances are ours, written down before they are made: after a crash they are still, and nobody else's ever.

internal import FoundationEssentials
internal import Glibc
internal import LinuxIO
internal import NAT64Backend

/// The content of the file.
struct OwnInstances: Hashable, Sendable, Codable {
    static let currentVersion = 1

    var version = OwnInstances.currentVersion
    /// Instances go with a reboot.
    var boot: String
    var networkNamespace: String?
    /// Jool's client, to remove them with.
    var program: String
    var names: Set<String> = []
    /// Left standing on purpose.
    var isKept = false

    /// Of the kernel that runs.
    static func currentBoot() -> String {
        ((try? Data(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id"))).map {
            String(decoding: $0, as: UTF8.self)
        } ?? "").filter { !$0.isWhitespace }
    }
}

struct OwnInstancesFile: Sendable {
    let path: String

    /// nil: there are none.
    ///
    /// - Throws: `refused`: the file is there and can't be read, or is not ours.
    func load() throws(BackendFailure) -> OwnInstances? {
        guard access(path, F_OK) == 0 else { return nil }
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            // A crash of the machine may leave an empty one; the instances went with it.
            if data.isEmpty { return nil }
            let own = try JSONDecoder().decode(OwnInstances.self, from: data)
            guard own.version == OwnInstances.currentVersion else {
                throw BackendFailure(
                    .refused, "\(path) is of another version of dns64d (\(own.version))",
                    remedy: "remove the instances that it names with `jool instance remove`, then the file")
            }
            if let strange = own.names.first(where: { InstanceName($0) == nil }) {
                throw BackendFailure(
                    .refused, "\(path) names an instance that dns64d never made: \(String(reflecting: strange))",
                    remedy: "remove the file; then `jool instance display` shows what stands")
            }
            return own.boot == OwnInstances.currentBoot() ? own : nil
        } catch let failure as BackendFailure {
            throw failure
        } catch {
            throw BackendFailure(
                .refused, "\(path), where dns64d notes which instances of Jool are its own, can't be read: \(error)",
                remedy: "remove it; then `jool instance display` shows what stands")
        }
    }

    /// The old content stays until the new one is whole.
    func save(_ own: OwnInstances) throws(BackendFailure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(own).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw BackendFailure(
                .refused, "\(path), where dns64d notes which instances of Jool are its own, can't be written: \(error)")
        }
    }

    func remove() {
        unlink(path)
    }
}
