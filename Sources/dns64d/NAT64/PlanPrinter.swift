// `dns64d --plan`: what would be done to this machine, before it is done.

internal import DaemonConfig
internal import Logging
internal import NAT64Backend

enum PlanPrinter {
    /// Prints what stands in the way, and the steps; false if dns64d could not start so.
    static func print(_ configuration: Configuration) async -> Bool {
        let log = Logger(label: "dns64d")
        guard let backend = Backends.make(configuration, reserve: nil, log: log) else {
            Swift.print("# nat64.backend is none: nothing is changed on this machine")
            return true
        }
        let plan = PlanBuilder.plan(configuration)
        let obstacles = await backend.obstacles(to: plan)
        for obstacle in obstacles { Console.complain("dns64d: nat64: \(obstacle)") }
        do throws(BackendFailure) {
            let steps = try await backend.preview(plan)
            if steps.isEmpty { Swift.print("# nothing to do: this machine is as asked already") }
            for step in steps { Swift.print(step) }
        } catch {
            // What is missing has been said, and is why.
            if obstacles.isEmpty { Console.complain("dns64d: nat64: \(error)") }
            return false
        }
        return obstacles.isEmpty
    }
}
