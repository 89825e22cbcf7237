// What every backend says in the same words.

extension BackendFailure {
    public static let notStarted = BackendFailure(
        .notRunning, "the translator was not started", remedy: "`dns64ctl nat64 status` says why")

    /// Either side of `binding` is somebody's.
    public static func taken(_ binding: StaticBinding) -> BackendFailure {
        BackendFailure(
            .invalid,
            "\(binding.proto.rawValue) \(binding.public) or \(binding.client) is bound already",
            remedy: "`dns64ctl nat64 bindings` shows to whom")
    }
}

extension HealthReason {
    public static let notStarted = HealthReason(code: "not-running", message: "the translator was not started")
}
