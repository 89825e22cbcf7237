// How findings are made.

internal import ControlProtocol

extension DoctorCheck {
    static func green(_ name: String, _ subject: String? = nil, _ finding: String) -> DoctorCheck {
        DoctorCheck(name: name, subject: subject, light: .green, finding: finding)
    }

    static func yellow(_ name: String, _ subject: String? = nil, _ finding: String, _ remedy: String...) -> DoctorCheck
    {
        DoctorCheck(name: name, subject: subject, light: .yellow, finding: finding, remedy: remedy)
    }

    static func red(_ name: String, _ subject: String? = nil, _ finding: String, _ remedy: String...) -> DoctorCheck {
        DoctorCheck(name: name, subject: subject, light: .red, finding: finding, remedy: remedy)
    }

    static func skipped(_ name: String, _ subject: String? = nil, _ finding: String, _ remedy: String...) -> DoctorCheck
    {
        DoctorCheck(name: name, subject: subject, light: .skipped, finding: finding, remedy: remedy)
    }
}

extension Sequence where Element: CustomStringConvertible {
    /// `a, b and c`.
    var listed: String {
        let words = map(\.description)
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
