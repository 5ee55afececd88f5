package allinone_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// page is docs/telemetry.md.
type page struct {
	t     *testing.T
	lines []string
}

func readPage(t *testing.T) page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "telemetry.md"))
	require.NoError(t, err)
	return page{t, strings.Split(string(text), "\n")}
}

// row is one of a table. Its first cell is a name, in which {…} stands for a word and * for anything.
type row struct {
	cells   []string
	pattern *regexp.Regexp
}

func newRow(line string) row {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	pattern := regexp.QuoteMeta(strings.Trim(cells[0], "`"))
	pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, `\S+`)
	pattern = strings.ReplaceAll(pattern, `\*`, `.*`)
	return row{cells, regexp.MustCompile("^" + pattern + "$")}
}

// table returns the rows of the table whose first column has that heading. A thing has one row.
func (p page) table(heading string) []row {
	p.t.Helper()
	var rows []row
	inside := false
	for _, line := range p.lines {
		switch {
		case strings.HasPrefix(line, "| "+heading+" |"):
			inside = true
		case !inside || strings.HasPrefix(line, "|---"):
		case strings.HasPrefix(line, "|"):
			rows = append(rows, newRow(line))
		default:
			return rows
		}
	}
	require.True(p.t, inside, "there is no table %q", heading)
	return rows
}

// names returns what the rows' first cells name.
func names(rows []row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.names(0)...)
	}
	return all
}

// names returns what is in backquotes in a cell.
func (r row) names(cell int) []string {
	var all []string
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(r.cells[cell], -1) {
		all = append(all, match[1])
	}
	return all
}

// rare returns what a cell names with the remark that a tour does not come by it.
func (r row) rare(cell int) []string {
	var all []string
	for _, match := range regexp.MustCompile("`([^`]+)` \\(rare").FindAllStringSubmatch(r.cells[cell], -1) {
		all = append(all, match[1])
	}
	return all
}

// requireNames compares what a cell names with what was seen.
func (r row) requireNames(t *testing.T, cell int, seen set) {
	t.Helper()
	expected := setOf(r.names(cell)...)
	for _, name := range r.rare(cell) {
		if !seen[name] {
			delete(expected, name)
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(expected)), slices.Sorted(maps.Keys(seen)), r.name())
}

// name returns what the row is about.
func (r row) name() string { return r.names(0)[0] }

// isRare reports whether the row says that a tour does not come by.
func (r row) isRare() bool { return strings.Contains(r.cells[len(r.cells)-1], "(rare: ") }

// find returns the row that matches the name and has these cells behind it.
func find(rows []row, name string, cells ...string) (row, bool) {
	i := slices.IndexFunc(rows, func(r row) bool {
		return r.pattern.MatchString(name) && slices.Equal(r.cells[1:1+len(cells)], cells)
	})
	if i < 0 {
		return row{}, false
	}
	return rows[i], true
}

// set is a set of names.
type set map[string]bool

func setOf(names ...string) set {
	s := set{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

func (s set) add(names ...string) {
	for _, n := range names {
		s[n] = true
	}
}

// sources returns the text of all Go files that are no tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"platform", "services", "allinone"} {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		}))
	}
	return all.String()
}
