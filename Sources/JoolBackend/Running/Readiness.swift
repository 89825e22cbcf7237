// Whether there is a Jool to speak to: its client, its module, and the two together.

internal import HostNetwork
internal import NAT64Backend

extension Supervisor {
    /// Loads the module if it isn't there and we may.
    ///
    /// - Throws: `cannotRunHere`: with what mends it.
    func ready() async throws(BackendFailure) -> Running.Versions {
        do throws(JoolFailure) {
            // A 4.1.9 client tells a later module what to do, is obeyed, and then calls the answer an error: whether they
            // fit is to be known before.
            let version = try await supported()
            _ = try match(version)
            do throws(JoolFailure) {
                _ = try await client.read(["instance", "display", "--csv"], JoolOutput.instances)
            } catch {
                guard case .moduleMissing = error.cause else { throw error }
                if let refusal = await machine.loadModule() {
                    throw JoolFailure(.moduleMissing, command: refusal.typed, words: refusal.words)
                }
                options.report("the kernel module jool was loaded")
            }
            return try match(version)
        } catch { throw failure(error) }
    }

    private func supported() async throws(JoolFailure) -> JoolVersion {
        let version = try await client.version()
        if !version.isSupported { throw JoolFailure(.unsupportedVersion(version), command: client.typed("--version")) }
        return version
    }

    private func match(_ version: JoolVersion) throws(JoolFailure) -> Running.Versions {
        let module = machine.moduleVersion()
        if let module, !version.speaks(with: module) {
            throw JoolFailure(.versionMismatch(client: version, module: module), command: client.typed("--version"))
        }
        return Running.Versions(client: version, module: module)
    }

    /// What keeps Jool from being driven here. Changes nothing: a module that can be loaded is no obstacle.
    func obstacles() async -> [Obstacle] {
        var obstacles = await machine.obstacles()
        do throws(JoolFailure) {
            let version = try await supported()
            _ = try match(version)
        } catch {
            let failure = error.backendFailure
            obstacles.append(Obstacle(missing: failure.message, remedy: failure.remedy ?? "see the message"))
        }
        if options.framework == .iptables, !options.adopts {
            for program in ["iptables", "ip6tables"] {
                let result = await machine.call(program, ["--version"], limit: Client.timeLimit)
                if case .exited(0) = result.termination { continue }
                obstacles.append(
                    Obstacle(missing: "the program `\(program)` is missing", remedy: "apt-get install iptables"))
            }
        }
        return obstacles
    }

    func preview(_ plan: NAT64Plan) async throws(BackendFailure) -> [PlannedStep] {
        var isModuleThere = true
        do throws(JoolFailure) {
            _ = try await client.read(["instance", "display", "--csv"], JoolOutput.instances)
        } catch {
            guard case .moduleMissing = error.cause else { throw failure(error) }
            isModuleThere = false
        }
        let picture = try await picture(plan, isModuleThere: isModuleThere)
        // Without the module there is nothing to adopt yet: what loads it may make the instance, too.
        if isModuleThere || !options.adopts { try check(picture) }
        var steps = isModuleThere ? [] : [PlannedStep(command: "modprobe jool", reason: "Jool's kernel module")]
        steps += try await machine.preview(picture.request).steps
        if !isModuleThere, options.adopts { return steps }
        return steps
            + picture.planner.changes.map {
                PlannedStep(command: client.typed($0.command), reason: $0.reason)
            }
    }
}
