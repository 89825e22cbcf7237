// Columns that line up. Numbers stand to the right; the column that can be long comes last and is never cut.

struct TextTable {
    enum Side {
        case left, right
    }

    struct Column {
        let title: String
        let side: Side
        static func left(_ title: String) -> Column { Column(title: title, side: .left) }
        static func right(_ title: String) -> Column { Column(title: title, side: .right) }
    }

    let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    /// One cell a column.
    mutating func add(_ cells: String...) { rows.append(cells.map(\.printable)) }

    /// A heading and the rows.
    func lines(indent: String = "  ") -> [Line] {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { index in all.map { index < $0.count ? $0[index].count : 0 }.max() ?? 0 }
        return all.enumerated().map { number, cells in
            var text = indent
            for (index, cell) in cells.enumerated() where index < columns.count {
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                if index > 0 { text += "  " }
                text += columns[index].side == .right ? padding + cell : cell + padding
            }
            while text.last == " " { text.removeLast() }
            return Line(text, number == 0 ? .heading : .plain)
        }
    }
}

/// Names and their values, one or several lines each.
struct FieldList {
    private var fields: [(name: String, values: [String], emphasis: Line.Emphasis)] = []

    mutating func add(_ name: String, _ values: String..., emphasis: Line.Emphasis = .plain) {
        add(name, list: values, emphasis: emphasis)
    }

    /// An empty list shows as `-`.
    mutating func add(_ name: String, list values: [String], emphasis: Line.Emphasis = .plain) {
        fields.append((name, values.isEmpty ? ["-"] : values, emphasis))
    }

    func lines(indent: String = "  ") -> [Line] {
        let width = (fields.map(\.name.count).max() ?? 0) + 2
        return fields.flatMap { field in
            field.values.enumerated().map { index, value in
                let name = index == 0 ? field.name : ""
                return Line(indent + name + String(repeating: " ", count: width - name.count) + value, field.emphasis)
            }
        }
    }
}
