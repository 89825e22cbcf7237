// What a process left that ended without `stop`, and whose configuration is not started again.

public import NAT64Backend

extension JoolBackend {
    /// Removes the instances that `instancesFile` names, but for those that were to stay.
    ///
    /// - Returns: the commands that it took.
    /// - Throws: `refused`, `cannotRunHere`: Jool's client could not do it; the file stays.
    public static func recover(instancesFile: String) async throws(BackendFailure) -> [String] {
        let file = OwnInstancesFile(path: instancesFile)
        guard let own = try file.load() else {
            file.remove()
            return []
        }
        if own.isKept { return [] }
        var options = Options()
        options.program = own.program
        options.networkNamespace = own.networkNamespace
        let client = Client(machine: LocalMachine(options), program: own.program)
        do throws(JoolFailure) { try await OwnInstancesRemoval(client: client).remove(own.names) } catch {
            throw error.backendFailure
        }
        file.remove()
        return own.names.sorted().map { client.typed(.removeInstance($0)) }
    }
}
