// Every number that `dns64ctl stats` shows. A drop or a refusal without a case here is a bug: nothing is dropped
// without a
// named reason.

/// What is counted, once a worker.
public enum Counter: Int, CaseIterable, Sendable {
    // Queries as they arrive.
    case queriesUDP
    case queriesTCP
    // Replies as they leave.
    case repliesSent
    case repliesTruncated
    case repliesNoError
    case repliesNXDomain
    case repliesServFail
    case repliesRefused
    case repliesFormErr
    case repliesNotImp
    case repliesBadVersion
    case repliesOther
    case repliesSendFailed
    // Why a datagram was dropped without an answer.
    case dropTooShort
    case dropQRSet
    case dropRefusedRateLimit
    case dropSourcePortZero
    case dropTruncatedDatagram
    // Why a query was answered with an error before it was looked at.
    case badQuestionCount
    case badName
    case badTrailer
    case badOpcode
    case badEDNS
    case badEDNSVersion
    case badCookieMalformed
    case badType
    case badClass
    case refusedNotAllowed
    case refusedNoRecursion
    case servFailTooManyPending
    // Where answers came from.
    case answeredFromCache
    case answeredFromLocalData
    case answeredFromEmptyZone
    case answeredIPv4OnlyArpa
    case answeredFromUpstream
    case answeredStale
    case answeredSpecial
    case answeredReverse
    // DNS64.
    case synthesized
    case synthesizedRecords
    case nativeKept
    case synthesisSkippedDNSSEC
    case synthesisSkippedName
    case synthesisSkippedAddress
    case synthesisSkippedNoA
    case synthesisSkippedTranslatorDown
    case synthesisRefusedBogus
    case aaaaExcluded
    case aaaaFailedTreatedEmpty
    case serviceBindingAdditional
    // Alias chains.
    case aliasLoop
    case aliasTooLong
    // Cache.
    case cacheHits
    case cacheMisses
    case cacheExpired
    case cachePrefetches
    case cacheInsertTooLarge
    // Upstream.
    case upstreamQueries
    case upstreamAnswers
    case upstreamRetries
    case upstreamTCP
    case upstreamCoalesced
    case upstreamTimeouts
    case upstreamUnreachable
    case upstreamFailed
    case upstreamNoServer
    case upstreamServFail
    case upstreamDropShort
    case upstreamDropNotResponse
    case upstreamDropWrongID
    case upstreamDropWrongQuestion
    case upstreamDropWrongCase
    case upstreamDropMalformed
    case upstreamDropOutOfBailiwick
    case upstreamDropLate
    case upstreamEDNSFallback
    // Streams.
    case streamAccepted
    case streamRefusedLimit
    case streamIdleClosed
    case streamBadLength
    case streamClosedEarly
    // The translator.
    case translatorWentDown
    case translatorCameBack
    // Control.
    case controlConnections
    case controlMalformed

    /// The name in `dns64ctl stats`: the case in kebab style, `drop-qr-set`.
    public var name: String {
        var result = ""
        var previousUpper = true
        let letters = Array(String(describing: self))
        for (index, letter) in letters.enumerated() {
            let nextLower = index + 1 < letters.count && letters[index + 1].isLowercase
            if letter.isUppercase, !previousUpper || (nextLower && index > 0 && letters[index - 1].isUppercase) {
                result += "-"
            }
            previousUpper = letter.isUppercase
            result += letter.lowercased()
        }
        return result
    }
}
