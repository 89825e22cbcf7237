// The daemon's side of the translator: starts it, hears of its health, turns that into answers, and ends it. All on the
// main thread; the backend works elsewhere and reports by mail.

internal import ControlProtocol
internal import DaemonConfig
internal import LinuxIO
internal import Logging
internal import NAT64Backend
internal import NetAddress
internal import Resolver
internal import Telemetry

/// What is known of the translator.
struct TranslatorState {
    var backend: any NAT64Backend
    /// nil: not heard yet.
    var health: BackendHealth?
    var since: MonotonicTime
}

extension Daemon {
    /// What the translator's health means for answers now.
    var translatorForAnswers: SynthesisPolicy.TranslatorState {
        Self.translatorForAnswers(settings.configuration, translator)
    }

    static func translatorForAnswers(_ configuration: Configuration, _ translator: TranslatorState?)
        -> SynthesisPolicy.TranslatorState
    {
        guard let translator, translator.health != .good else { return .works }
        switch configuration.nat64.whenDown {
        case .synthesize: return .works
        case .nativeOnly: return .nativeOnly
        case .servfail: return .fail
        }
    }

    // MARK: start and end

    /// Brings the translator up; `done` is told when it works, or why it can't.
    func startTranslator(_ done: @escaping @Sendable (Daemon, BackendFailure?) -> Void) {
        let configuration = settings.configuration
        let mailbox = mailbox
        guard let backend = translator?.backend else {
            if StateFolder.files(configuration).isEmpty { return done(self, nil) }
            let recovery = recover(configuration)
            Task {
                await recovery.value
                mailbox.post { done($0, nil) }
            }
            return
        }
        let recovery = recover(configuration)
        let plan = PlanBuilder.plan(configuration)
        Task {
            await recovery.value
            let obstacles = await backend.obstacles(to: plan)
            var failure: BackendFailure?
            if obstacles.isEmpty {
                do throws(BackendFailure) { try await backend.apply(plan) } catch { failure = error }
            } else {
                failure = BackendFailure(
                    .cannotRunHere, obstacles.map(\.description).joined(separator: "\n"))
            }
            if failure == nil {
                backend.observeHealth { health in mailbox.post { $0.translatorHealth(health) } }
            }
            mailbox.post { [failure] in done($0, failure) }
        }
    }

    /// Undoes what an earlier run left; the end waits for it.
    private func recover(_ configuration: Configuration) -> Task<Void, Never> {
        let task = Task { [log] in await StateFolder.recover(configuration, log: log) }
        recovery = task
        return task
    }

    /// Makes a configuration true before the resolver follows it; also one that did not change, for somebody may have
    /// undone a part of it on this machine.
    func applyPlan(_ configuration: Configuration, _ done: @escaping @Sendable (Daemon, BackendFailure?) -> Void) {
        guard let backend = translator?.backend else { return done(self, nil) }
        let plan = PlanBuilder.plan(configuration)
        let mailbox = mailbox
        Task {
            var failure: BackendFailure?
            do throws(BackendFailure) { try await backend.apply(plan) } catch { failure = error }
            mailbox.post { [failure] in done($0, failure) }
        }
    }

    /// Leaves the machine as it was found. Called again before that is done, it does nothing.
    func stopTranslator(_ done: @escaping @Sendable (Daemon) -> Void) {
        guard !isStoppingTranslator else { return }
        isStoppingTranslator = true
        let (backend, recovery, mailbox, log) = (translator?.backend, recovery, mailbox, log)
        guard backend != nil || recovery != nil else { return done(self) }
        Task {
            await recovery?.value
            do throws(BackendFailure) { try await backend?.stop() } catch {
                log.error("nat64: not all could be undone: \(error)")
            }
            mailbox.post { done($0) }
        }
    }

    // MARK: health

    func translatorHealth(_ health: BackendHealth) {
        guard translator != nil, !isStoppingTranslator else { return }
        guard let old = translator?.health, old != health else {
            if translator?.health == nil { noteHealth(health) }
            return
        }
        noteHealth(health)
    }

    private func noteHealth(_ health: BackendHealth) {
        let wasGood = translator?.health == .good
        let isFirst = translator?.health == nil
        translator?.health = health
        switch health {
        case .good:
            if !isFirst {
                counters.add(.translatorCameBack)
                log.notice("nat64: the translator works again; AAAA records are synthesized as before")
            }
        case .bad(let reasons):
            if wasGood || isFirst { counters.add(.translatorWentDown) }
            let why = reasons.map(\.description).joined(separator: "; ")
            log.error("nat64: the translator does not work: \(why) [when-down: \(whenDownWord)]")
        }
        if isFirst || wasGood != (health == .good) { translator?.since = .read() }
        answerByHealth()
    }

    private var whenDownWord: String { settings.configuration.nat64.whenDown.rawValue }

    /// The same settings, with policies that know how the translator is.
    private func answerByHealth() {
        let state = translatorForAnswers
        guard settings.resolver.values.policies.standard.values.translator != state else { return }
        var values = settings.resolver.values
        values.policies = PolicyBuilder.policies(settings.configuration, translator: state)
        settings = settings.replacing(ResolverSettings(values))
        mailboxes.postToAll(.settings(settings.resolver, settings.upstream))
    }

    // MARK: words

    var translatorStatus: NAT64Status {
        let configuration = settings.configuration.nat64
        guard let translator else { return NAT64Status(backend: configuration.backend.rawValue, health: "not watched") }
        let inForce = translatorForAnswers == .works ? nil : configuration.whenDown.rawValue
        switch translator.health {
        case nil: return NAT64Status(backend: translator.backend.name, health: "starting", whenDownInForce: inForce)
        case .good: return NAT64Status(backend: translator.backend.name, health: "good")
        case .bad(let reasons):
            return NAT64Status(
                backend: translator.backend.name, health: "bad",
                reason: reasons.map(\.description).joined(separator: "; "), whenDownInForce: inForce)
        }
    }
}
