package main

import (
	"fmt"
	"strings"
)

const (
	exitHolds     = 0
	exitWrong     = 1
	exitUnchecked = 2
)

const (
	holds      = "holds"
	fails      = "fails"
	notChecked = "not-checked"
)

// The names are those of the claims of the product's verifier, so that verdicts can be compared.
const (
	claimCheckpoint = "checkpoint"
	claimWitnesses  = "witnesses"
	claimTree       = "tree"
	claimEarlier    = "earlier-heads"
	claimInclusion  = "inclusion"
)

// claim is one verdict. Index is the first bad index, -1 without one.
type claim struct {
	Outcome string `json:"outcome"`
	Index   int64  `json:"index"`
	Why     string `json:"why,omitempty"`
}

type verdict struct {
	ExitCode int              `json:"exitCode"`
	Claims   map[string]claim `json:"claims"`
	Error    string           `json:"error,omitempty"`
}

// fault is something wrong, at an index or at none.
type fault struct {
	claim string
	index int64
	why   string
}

func (f *fault) Error() string { return f.why }

func verdictOf(names []string, told map[string]claim) verdict {
	code := exitHolds
	for _, name := range names {
		if _, ok := told[name]; !ok {
			told[name] = claim{Outcome: notChecked, Index: -1}
		}
		if told[name].Outcome == fails {
			code = exitWrong
		}
	}
	return verdict{ExitCode: code, Claims: told}
}

func (v verdict) text() string {
	var out strings.Builder
	for _, name := range []string{claimCheckpoint, claimWitnesses, claimTree, claimInclusion, claimEarlier} {
		told, ok := v.Claims[name]
		if !ok {
			continue
		}
		fmt.Fprintf(&out, "%-14s %s", name, told.Outcome)
		if told.Index >= 0 {
			fmt.Fprintf(&out, " at index %d", told.Index)
		}
		if told.Why != "" {
			fmt.Fprintf(&out, "  (%s)", told.Why)
		}
		out.WriteString("\n")
	}
	return out.String()
}
