package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 256
)

// walk goes through the files of a log from its first entry to its head, and stops at the first fault. It believes nothing
// but the head: every stored hash is compared with what the library makes of the entries below it.
type walk struct {
	folder  string
	head    head
	earlier []head
	passed  int
	// stored has every hash of the tree in the library's order, of the leaves so far.
	stored []tlog.Hash
	leaves int64
}

func checkLog(folder string, earlier []string, trust policy) (verdict, error) {
	names := []string{claimCheckpoint, claimWitnesses, claimTree, claimEarlier}
	told := map[string]claim{}
	msg, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return verdict{}, err
	}
	trusted, err := openHead(msg, trust)
	if err != nil {
		told[claimCheckpoint] = claim{Outcome: fails, Index: -1, Why: err.Error()}
		return verdictOf(names, told), nil
	}
	told[claimCheckpoint] = claim{Outcome: holds, Index: -1}
	told[claimWitnesses] = witnessClaim(trusted)
	log := walk{folder: folder, head: trusted}
	err = log.check(earlier, trust)
	var wrong *fault
	switch {
	case errors.As(err, &wrong):
		told[wrong.claim] = claim{Outcome: fails, Index: wrong.index, Why: wrong.why}
	case err != nil:
		return verdict{}, err
	default:
		told[claimTree] = claim{Outcome: holds, Index: -1}
		if len(earlier) > 0 {
			told[claimEarlier] = claim{Outcome: holds, Index: -1}
		}
	}
	return verdictOf(names, told), nil
}

func (w *walk) check(earlier []string, trust policy) error {
	for _, path := range earlier {
		msg, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		old, err := openHead(msg, trust)
		if err != nil {
			return &fault{claimEarlier, 0, err.Error()}
		}
		w.earlier = append(w.earlier, old)
	}
	sort.Slice(w.earlier, func(i, j int) bool { return w.earlier[i].N < w.earlier[j].N })
	for _, old := range w.earlier {
		if old.N > w.head.N {
			return &fault{claimEarlier, w.head.N, "cut off: an older head is larger"}
		}
	}
	for n := int64(0); n*tileWidth < w.head.N; n++ {
		if err := w.tile(n); err != nil {
			return err
		}
	}
	if root, err := w.root(); err != nil || root != w.head.Hash {
		return &fault{claimTree, w.vouchedFor(), "the head has another root"}
	}
	return w.proveGrowth()
}

// proveGrowth has the library make and check a consistency proof from each older head.
func (w *walk) proveGrowth() error {
	for _, old := range w.earlier {
		if old.N == 0 {
			continue
		}
		proof, err := tlog.ProveTree(w.head.N, old.N, w.reader())
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, w.head.N, w.head.Hash, old.N, old.Hash); err != nil {
			return &fault{claimEarlier, 0, "no consistency proof from an older head"}
		}
	}
	return nil
}

// tile checks one tile of leaf hashes, the bundle beside it, and what they complete above.
func (w *walk) tile(n int64) error {
	width := widthOf(w.head.N, 0, n)
	hashes, err := w.hashes(0, n)
	if err != nil {
		return err
	}
	if err := w.entries(n, width, hashes); err != nil {
		return err
	}
	completed := []int64{}
	for place := 0; place < width; place++ {
		added, err := tlog.StoredHashesForRecordHash(w.leaves, hashes[place], w.reader())
		if err != nil {
			return err
		}
		for level := tileHeight; level < len(added); level += tileHeight {
			completed = append(completed, int64(len(w.stored)+level))
		}
		w.stored = append(w.stored, added...)
		w.leaves++
		if err := w.compareEarlier(); err != nil {
			return err
		}
	}
	for _, index := range completed {
		if err := w.parent(index); err != nil {
			return err
		}
	}
	return nil
}

// entries compares the entries of a bundle with their leaf hashes.
func (w *walk) entries(n int64, width int, hashes []tlog.Hash) error {
	first := n * tileWidth
	data, isExact, err := w.read("entries", n, width)
	if err != nil {
		return err
	}
	if data == nil {
		return &fault{claimTree, first, "bundle missing"}
	}
	for place := 0; place < width; place++ {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return &fault{claimTree, first + int64(place), "entry missing"}
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		if tlog.RecordHash(data[2:end]) != hashes[place] {
			return &fault{claimTree, first + int64(place), "entry and hash differ"}
		}
		data = data[end:]
	}
	if isExact && len(data) > 0 {
		return &fault{claimTree, first + int64(width), "bytes behind the last entry"}
	}
	return nil
}

// parent compares a hash that the entries led to with its place in the tile above.
func (w *walk) parent(index int64) error {
	level, n := tlog.SplitStoredHashIndex(index)
	hashes, err := w.hashes(level/tileHeight, n/tileWidth)
	if err != nil {
		return err
	}
	if hashes[n%tileWidth] != w.stored[index] {
		return &fault{claimTree, n << level, fmt.Sprintf("hash at level %d differs", level)}
	}
	return nil
}

// hashes reads a tile of hashes.
func (w *walk) hashes(level int, n int64) ([]tlog.Hash, error) {
	width := widthOf(w.head.N, level, n)
	first := n * tileWidth << (tileHeight * level)
	data, isExact, err := w.read(fmt.Sprint(level), n, width)
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, &fault{claimTree, first, "tile missing"}
	}
	whole := width
	if !isExact {
		whole = tileWidth
	}
	if len(data) != whole*tlog.HashSize {
		return nil, &fault{claimTree, first, "tile of a wrong length"}
	}
	hashes := make([]tlog.Hash, width)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, nil
}

// read reads a file of the log, or the full one where the partial one is gone; nil where there is neither.
func (w *walk) read(kind string, n int64, width int) (data []byte, isExact bool, err error) {
	path := tilePath(kind, n)
	if width < tileWidth {
		data, err := os.ReadFile(filepath.Join(w.folder, fmt.Sprintf("%s.p/%d", path, width)))
		if err == nil || !isAbsent(err) {
			return data, true, err
		}
	}
	data, err = os.ReadFile(filepath.Join(w.folder, path))
	if isAbsent(err) {
		return nil, false, nil
	}
	return data, width == tileWidth, err
}

func (w *walk) compareEarlier() error {
	for w.passed < len(w.earlier) && w.earlier[w.passed].N <= w.leaves {
		old := w.earlier[w.passed]
		if old.N > 0 {
			if root, err := w.root(); err != nil || root != old.Hash {
				return &fault{claimEarlier, w.vouchedFor(), "an older head has another root"}
			}
		}
		w.passed++
	}
	return nil
}

// vouchedFor counts the leaves of the largest older head that fits.
func (w *walk) vouchedFor() int64 {
	if w.passed == 0 {
		return 0
	}
	return w.earlier[w.passed-1].N
}

func (w *walk) root() (tlog.Hash, error) {
	if w.leaves == 0 {
		return emptyRoot, nil
	}
	return tlog.TreeHash(w.leaves, w.reader())
}

func (w *walk) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(w.stored)) {
				return nil, errors.New("no such hash yet")
			}
			hashes[i] = w.stored[index]
		}
		return hashes, nil
	})
}

func widthOf(size int64, level int, n int64) int {
	left := size>>(tileHeight*level) - n*tileWidth
	if left > tileWidth {
		return tileWidth
	}
	return int(left)
}

// tilePath is the path of C2SP tlog-tiles; the library's own has the height in it and another place for entries.
func tilePath(kind string, n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return filepath.Join("tile", kind, path)
}

func isAbsent(err error) bool {
	// Where the folder of partial files is itself a file, there is no such file either.
	var path *fs.PathError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &path) && path.Err.Error() == "not a directory"
}
