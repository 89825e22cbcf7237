// `dns64ctl completions SHELL`

import ArgumentParser
import ControlProtocol

struct CompletionsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print the completions for a shell.",
        discussion: "bash: source <(dns64ctl completions bash)\nfish: dns64ctl completions fish | source")

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("The shell.", valueName: "shell"))
    var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    func perform(_ session: Session) throws(CommandFailure) {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try session.output.print(DNS64Ctl.completionScript(for: kind))
    }
}
