// The version that both programs say they are.

/// This release of dns64d and dns64ctl, which always come together.
public enum Release {
    public static let version = "0.1.0"
}
