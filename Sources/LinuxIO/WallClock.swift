// The time of day: whether anybody keeps it right.

internal import CLinux

public enum WallClock {
    /// Whether the kernel was told that its clock is right: by chrony, systemd-timesyncd or the like (adjtimex(2)). nil: it
    /// can't be asked.
    public static var isSynchronized: Bool? {
        let answer = clinux_clock_is_synchronized()
        return answer < 0 ? nil : answer == 1
    }
}
