package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Base64 in its one form: unused bits zero. The library takes any.
var strictBase64 = base64.StdEncoding.Strict()

const (
	typeLog       = 0x01
	typeCosigner  = 0x04
	typeCosigner6 = 0x06 // ML-DSA-44, which Go 1.19 cannot verify
)

// cosigner verifies cosignatures of type 0x04 (C2SP tlog-cosignature).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize || binary.BigEndian.Uint64(sig) > 1<<53-1 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

// witnessKey reads the verifier key of a witness; nil without an error for a key that only other programs can check.
func witnessKey(vkey string) (*cosigner, []byte, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, text, _ := strings.Cut(rest, "+")
	hash, err := strconv.ParseUint(id, 16, 32)
	material, err2 := strictBase64.DecodeString(text)
	if err != nil || err2 != nil || len(id) != 8 || id != strings.ToLower(id) || name == "" || len(material) < 2 {
		return nil, nil, errors.New("malformed witness key")
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(hash) {
		return nil, nil, errors.New("key id of a witness key is wrong")
	}
	switch {
	case material[0] == typeCosigner && len(material) == 1+ed25519.PublicKeySize:
		return &cosigner{name, uint32(hash), material[1:]}, material[1:], nil
	case material[0] == typeCosigner6:
		return nil, material[1:], nil
	}
	return nil, nil, errors.New("witness key of an unknown type")
}

// logKey reads the verifier key of a log, type 0x01.
func logKey(vkey string) (note.Verifier, []byte, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, nil, err
	}
	at := strings.Index(vkey, "+") + 10
	material, err := strictBase64.DecodeString(vkey[at:])
	if err != nil || material[0] != typeLog || vkey[at-9:at-1] != strings.ToLower(vkey[at-9:at-1]) {
		return nil, nil, errors.New("malformed log key")
	}
	return verifier, material[1:], nil
}

// openNote opens a note under these keys. note.Open looks at the first line of each key only; a second one that does not
// hold refuses the note as well, and the latest time of a witness counts.
func openNote(msg []byte, keys []note.Verifier) (*note.Note, map[note.Verifier]int64, error) {
	opened, err := note.Open(msg, note.VerifierList(keys...))
	if err != nil {
		return nil, nil, err
	}
	signed := map[note.Verifier]int64{}
	text := []byte(opened.Text)
	for _, line := range bytes.SplitAfter(msg[len(text)+1:], []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		name, encoded, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(string(line), "— "), "\n"), " ")
		raw, err := strictBase64.DecodeString(encoded)
		if err != nil {
			return nil, nil, err
		}
		for _, key := range keys {
			if key.Name() != name || key.KeyHash() != binary.BigEndian.Uint32(raw) {
				continue
			}
			if !key.Verify(text, raw[4:]) {
				return nil, nil, &note.InvalidSignatureError{Name: name, Hash: key.KeyHash()}
			}
			time := int64(math.MinInt64)
			if _, ok := key.(*cosigner); ok {
				time = int64(binary.BigEndian.Uint64(raw[4:]))
			}
			if before, ok := signed[key]; !ok || before < time {
				signed[key] = time
			}
		}
	}
	return opened, signed, nil
}
