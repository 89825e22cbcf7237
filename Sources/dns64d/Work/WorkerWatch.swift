// What a worker does while it is watched.

internal import Logging
internal import Resolver

extension Worker {
    /// Logs every query (`log.queries`), or no longer.
    func setQueryLog(_ log: Logger?) {
        let counting = (resolver.observer as? TopObserver)?.counting ?? false
        resolver.observer = log == nil && !counting ? nil : TopObserver(counting: counting, log: log)
    }

    /// What was seen since the last call; begins to count at the first.
    func takeTop() -> TopCounts {
        guard let observer = resolver.observer as? TopObserver else {
            resolver.observer = TopObserver(counting: true, log: nil)
            return TopCounts()
        }
        observer.counting = true
        return observer.take()
    }

    func stopTop() {
        guard let observer = resolver.observer as? TopObserver else { return }
        observer.counting = false
        _ = observer.take()
        if !observer.isLogging { resolver.observer = nil }
    }
}
