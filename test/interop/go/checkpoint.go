package main

import (
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxNoteBytes = 256 << 10
	maxTreeSize  = 1 << 48
	clockSkew    = 300 // seconds that a witness may be ahead
)

// SPEC: RFC 6962 section 2.1: the hash of an empty list. The library has zeroes there.
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// head is a tree head that the log signed.
type head struct {
	tlog.Tree
	isWitnessed bool
}

// openHead opens a signed checkpoint (C2SP tlog-checkpoint): three lines, no extension lines, one log key at least.
func openHead(msg []byte, trust policy) (head, error) {
	if len(msg) > maxNoteBytes {
		return head{}, errors.New("checkpoint too large")
	}
	opened, signed, err := openNote(msg, trust.verifiers())
	if err != nil {
		return head{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return head{}, errors.New("not a checkpoint")
	}
	if lines[0] != trust.origin {
		return head{}, errors.New("checkpoint of another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxTreeSize || strconv.FormatInt(size, 10) != lines[1] {
		return head{}, errors.New("malformed size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return head{}, errors.New("malformed root")
	}
	if size == 0 && root != emptyRoot {
		return head{}, errors.New("root of an empty tree is wrong")
	}
	if !signedBy(trust.logs, signed) {
		return head{}, errors.New("the log did not sign")
	}
	isWitnessed := trust.isFulfilled(signed, trust.now+clockSkew)
	return head{tlog.Tree{N: size, Hash: root}, isWitnessed}, nil
}

func signedBy(logs []note.Verifier, signed map[note.Verifier]int64) bool {
	for _, log := range logs {
		if _, ok := signed[log]; ok {
			return true
		}
	}
	return false
}

func witnessClaim(trusted head) claim {
	if trusted.isWitnessed {
		return claim{Outcome: holds, Index: -1}
	}
	return claim{Outcome: fails, Index: -1, Why: "no quorum"}
}
