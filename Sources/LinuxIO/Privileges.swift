// From root to somebody with no more rights than needed: setresuid(2), capabilities(7).

internal import CLinux
internal import Glibc

/// A right that may be kept when root's identity goes.
public struct Capability: Hashable, Sendable {
    /// The bit of <linux/capability.h>.
    let bit: UInt64

    /// CAP_NET_BIND_SERVICE: ports below 1024, for addresses that come later.
    public static let bindService = Capability(bit: 10)
    /// CAP_NET_ADMIN: TUN devices, routes, packet filters.
    public static let networkAdministration = Capability(bit: 12)
    /// CAP_NET_RAW: raw sockets, and binding to addresses of others.
    public static let rawSockets = Capability(bit: 13)
    /// CAP_SYS_ADMIN: entering another network namespace.
    public static let systemAdministration = Capability(bit: 21)
}

/// Why privileges could not be dropped. The process must not go on: it may hold more than was meant.
public enum PrivilegesFailure: Error, Hashable, CustomStringConvertible {
    case unknownUser(String)
    case unknownGroup(String)
    /// `call` failed.
    case system(call: String, Errno)
    /// root's identity could be taken back.
    case regainable

    public var description: String {
        switch self {
        case .unknownUser(let name): "there is no user \"\(name)\""
        case .unknownGroup(let name): "there is no group \"\(name)\""
        case .system(let call, let errno): "\(call): \(errno)"
        case .regainable: "privileges were dropped, but could be taken back"
        }
    }
}

/// The identity and rights of this process.
public enum Privileges {
    public static var isRoot: Bool { geteuid() == 0 }

    /// Becomes `user`, in `group` (the user's own if nil) and the user's supplementary groups, and makes sure that
    /// there is no way back. Needs root.
    ///
    /// Identities change in all threads, but capabilities only in the calling one and those that it starts later: call
    /// this before any other thread is started. `ambient`: programs that are run hold `keeping` too.
    public static func drop(
        toUser user: String, group: String? = nil, keeping: [Capability] = [], ambient: Bool = false
    ) throws(PrivilegesFailure) {
        guard let account = Account(user: user) else { throw .unknownUser(user) }
        var groupID = account.group
        if let group {
            guard let found = Account.groupID(named: group) else { throw .unknownGroup(group) }
            groupID = found
        }
        let mask = keeping.reduce(UInt64(0)) { $0 | 1 << $1.bit }
        if mask != 0 { try check("prctl(PR_SET_KEEPCAPS)") { clinux_keep_capabilities(1) } }
        try check("initgroups") { initgroups(user, groupID) == 0 ? 0 : -errno }
        try check("setresgid") { clinux_set_group(groupID) }
        try check("setresuid") { clinux_set_user(account.user) }
        // The user root is somebody to stay, not to become: nothing to take away, nothing to verify.
        if account.user == 0 { return }
        try check("capset") { clinux_set_capabilities(mask, ambient ? 1 : 0) }
        if mask != 0 { try check("prctl(PR_SET_KEEPCAPS)") { clinux_keep_capabilities(0) } }
        try check("prctl(PR_SET_NO_NEW_PRIVS)") { clinux_no_new_privileges() }
        try verify(account.user, groupID, mask)
    }

    /// Trying is the proof.
    private static func verify(_ user: uid_t, _ group: gid_t, _ mask: UInt64) throws(PrivilegesFailure) {
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        try check("capget") { clinux_capabilities(&effective, &permitted) }
        guard effective == mask, permitted == mask, getuid() == user, geteuid() == user, getgid() == group,
            getegid() == group, clinux_set_user(0) < 0, setuid(0) < 0, seteuid(0) < 0
        else { throw .regainable }
        if group != 0, clinux_set_group(0) >= 0 || setegid(0) >= 0 { throw .regainable }
    }

    private static func check(_ name: String, _ call: () -> Int32) throws(PrivilegesFailure) {
        do throws(Errno) { try SystemCall.shim(call) } catch { throw .system(call: name, error) }
    }

    /// Raises the limit on open descriptors as far as it goes; what it is now.
    @discardableResult
    public static func raiseDescriptorLimit() throws(Errno) -> Int {
        Int(try SystemCall.shim { clinux_raise_descriptor_limit() })
    }
}

/// A line of passwd(5), wherever the system keeps it.
private struct Account {
    let user: uid_t
    let group: gid_t

    /// More than any entry needs; what is longer counts as unknown.
    private static let bufferSize = 65536

    init?(user name: String) {
        var entry = passwd()
        let isFound = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.bufferSize) { buffer in
            var result: UnsafeMutablePointer<passwd>?
            guard let base = buffer.baseAddress else { return false }
            return getpwnam_r(name, &entry, base, buffer.count, &result) == 0 && result != nil
        }
        guard isFound else { return nil }
        user = entry.pw_uid
        group = entry.pw_gid
    }

    static func groupID(named name: String) -> gid_t? {
        var entry = Glibc.group()
        let isFound = withUnsafeTemporaryAllocation(of: CChar.self, capacity: bufferSize) { buffer in
            var result: UnsafeMutablePointer<Glibc.group>?
            guard let base = buffer.baseAddress else { return false }
            return getgrnam_r(name, &entry, base, buffer.count, &result) == 0 && result != nil
        }
        return isFound ? entry.gr_gid : nil
    }
}
