// What is asked of the translator and of the kernel's routes to it.

internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import TunDevice

struct TranslatorQuestions: Sendable {
    let subject: Subject

    struct Answers: Sendable {
        var obstacles: [Obstacle] = []
        var steps: [PlannedStep] = []
        var failure: BackendFailure?
        var routes: [IPPrefix: String?] = [:]
    }

    func ask() async -> Answers {
        var answers = Answers()
        guard let backend = subject.backend else { return answers }
        answers.obstacles = await backend.obstacles(to: subject.plan)
        do throws(BackendFailure) { answers.steps = try await backend.preview(subject.plan) } catch {
            answers.failure = error
        }
        for prefix in subject.plan.prefixes {
            // Any address under it that is no host's.
            let index = try? RouteLookup.interface(towards: .v6(prefix.embed(IPv4Address(192, 0, 0, 9))))
            answers.routes.updateValue(index.flatMap { NetworkInterface(index: $0)?.name }, forKey: prefix.prefix)
        }
        return answers
    }
}
