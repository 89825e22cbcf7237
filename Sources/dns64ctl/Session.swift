// One run of a subcommand: the way to the daemon and the way to the user.

import ControlProtocol

struct Session {
    let socket: SocketPath
    let output: Output
    let json: Bool
    private let timeoutMilliseconds: Int
    private let timeoutIsNamed: Bool

    init(_ options: CommonOptions, environment: Environment, output: Output) throws(CommandFailure) {
        socket = try SocketPath(option: options.socket, environment: environment)
        var output = output
        output.colour = output.isTerminal && !environment.plain
        self.output = output
        json = options.json
        timeoutIsNamed = options.timeout != nil
        timeoutMilliseconds = max(1, Int((options.timeout ?? 10) * 1000))
    }

    func connect() throws(CommandFailure) -> ControlClient {
        try ControlClient(socket: socket, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// For what takes long; a time-out that the user named counts all the same.
    func connect(atLeastSeconds seconds: Int) throws(CommandFailure) -> ControlClient {
        try ControlClient(
            socket: socket,
            timeoutMilliseconds: timeoutIsNamed ? timeoutMilliseconds : max(timeoutMilliseconds, seconds * 1000))
    }

    /// Asks one thing and prints the answer. `lines` returns nil if the answer is of another kind than the question.
    func ask(_ request: ControlRequest, lines: (ControlResponse) -> [Line]?) throws(CommandFailure) {
        let client = try connect()
        let reply = try client.ask(request)
        try show(reply, from: client, lines: lines)
    }

    /// Prints an answer: the daemon's own JSON, or what `lines` makes of it.
    func show(
        _ reply: Reply, from client: ControlClient, lines: (ControlResponse) -> [Line]?
    ) throws(CommandFailure) {
        if case .refused(let refusal) = reply.response { throw refused(refusal, by: reply) }
        guard let lines = lines(reply.response) else {
            throw client.strange("it answered something else than was asked")
        }
        if json {
            try output.print(JSONLayout.indented(JSONLayout.payload(of: reply.body)))
        } else {
            try output.print(lines)
        }
    }

    func refused(_ refusal: Refusal, by reply: Reply) -> CommandFailure {
        .refused(refusal, json: json ? JSONLayout.indented(JSONLayout.payload(of: reply.body)) : nil)
    }

    /// Prints what dns64ctl itself did: `value` as JSON, or the lines.
    func summarize(_ value: some Encodable, lines: [Line]) throws(CommandFailure) {
        guard json else { return try output.print(lines) }
        let text: String
        do throws(ControlMessageError) {
            text = JSONLayout.indented(try ControlMessage.json(value)[...])
        } catch {
            throw .output(error.description)
        }
        try output.print(text)
    }
}
