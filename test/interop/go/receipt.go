package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// checkReceipt checks a receipt (C2SP tlog-proof) of an entry.
func checkReceipt(path, leafPath string, trust policy) (verdict, error) {
	names := []string{claimCheckpoint, claimWitnesses, claimInclusion}
	told := map[string]claim{}
	leaf, err := os.ReadFile(leafPath)
	if err != nil {
		return verdict{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return verdict{}, err
	}
	index, proof, msg, ok := parseReceipt(string(text))
	if !ok {
		told[claimCheckpoint] = claim{Outcome: fails, Index: -1, Why: "not a receipt"}
		return verdictOf(names, told), nil
	}
	trusted, err := openHead([]byte(msg), trust)
	if err != nil {
		told[claimCheckpoint] = claim{Outcome: fails, Index: -1, Why: err.Error()}
		return verdictOf(names, told), nil
	}
	told[claimCheckpoint] = claim{Outcome: holds, Index: -1}
	told[claimWitnesses] = witnessClaim(trusted)
	told[claimInclusion] = claim{Outcome: holds, Index: -1}
	if err := tlog.CheckRecord(proof, trusted.N, trusted.Hash, index, tlog.RecordHash(leaf)); err != nil {
		told[claimInclusion] = claim{Outcome: fails, Index: index, Why: err.Error()}
	}
	return verdictOf(names, told), nil
}

func parseReceipt(text string) (index int64, proof tlog.RecordProof, msg string, ok bool) {
	head, msg, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, "", false
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, err := strictBase64.DecodeString(lines[0][len("extra "):]); err != nil {
			return 0, nil, "", false
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, "", false
	}
	digits := lines[0][len("index "):]
	index, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || index < 0 || index > maxTreeSize || strconv.FormatInt(index, 10) != digits {
		return 0, nil, "", false
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil || hash.String() != line || len(proof) >= 63 {
			return 0, nil, "", false
		}
		proof = append(proof, hash)
	}
	return index, proof, msg, true
}
