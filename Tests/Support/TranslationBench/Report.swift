// What this program says: figures to standard output, why it gave up to standard error.

import Glibc

func report(_ name: String, _ value: Double, _ unit: String) { print("\(name) \(Int(value.rounded())) \(unit)") }

func fail(_ message: String) -> Never {
    let line = Array("translation-bench: \(message)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}
