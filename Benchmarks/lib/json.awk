# Samples to JSON: section -> subject -> measure -> the rounds' values.
BEGIN { FS = "\t" }
{
    place = $1 SUBSEP $2 SUBSEP $3
    if (!(place in values)) { order[++count] = place; values[place] = $5 } else values[place] = values[place] ", " $5
}
END {
    printf "{"
    for (i = 1; i <= count; i++) {
        split(order[i], part, SUBSEP)
        if (part[1] != section) {
            printf "%s\n  \"%s\": {", (i > 1 ? "\n    }\n  }," : ""), part[1]
            subject = ""
        }
        if (part[2] != subject || part[1] != section) printf "%s\n    \"%s\": {", (subject == "" ? "" : "\n    },"), part[2]
        else printf ","
        printf "\n      \"%s\": [%s]", part[3], values[order[i]]
        section = part[1]; subject = part[2]
    }
    print (count ? "\n    }\n  }\n}" : "}")
}
