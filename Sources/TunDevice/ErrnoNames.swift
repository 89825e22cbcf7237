// The kernel's errors that TUN devices answer with.

internal import Glibc
internal import LinuxIO

extension Errno {
    static let busy = Errno(code: EBUSY)
    static let fault = Errno(code: EFAULT)
    static let noDevice = Errno(code: ENODEV)
    static let noDeviceOrAddress = Errno(code: ENXIO)
    static let wouldBlock = Errno(code: EAGAIN)
}
