package operations

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Page is a page that operators read: a runbook, or a document that leads to others.
type Page struct {
	File  string // its path
	Lines []string
}

// Block is a fenced block of a page.
type Block struct {
	Language string // promql, lucene, sh or, of what is only to be read, something else
	Text     string
}

// ReadPages returns the pages whose paths match a pattern.
func ReadPages(pattern string) (pages []Page, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		pages = append(pages, Page{file, strings.Split(string(text), "\n")})
	}
	return pages, nil
}

// Name is that of the file: of a runbook the alert's.
func (p Page) Name() string { return strings.TrimSuffix(filepath.Base(p.File), ".md") }

// Headings returns those of a level: 1 for the title.
func (p Page) Headings(level int) (headings []string) {
	p.eachLine(func(line string, _ *Block) {
		if text, found := strings.CutPrefix(line, strings.Repeat("#", level)+" "); found {
			headings = append(headings, text)
		}
	})
	return headings
}

// Section returns what stands below a heading of the second level; nothing where there is none.
func (p Page) Section(heading string) Page {
	section := Page{File: p.File}
	inside := false
	for _, line := range p.Lines {
		if strings.HasPrefix(line, "## ") {
			inside = line == "## "+heading
			continue
		}
		if inside {
			section.Lines = append(section.Lines, line)
		}
	}
	return section
}

// Blocks returns the fenced blocks, those in lists without their indentation.
func (p Page) Blocks() (blocks []Block) {
	p.eachLine(func(_ string, ended *Block) {
		if ended != nil {
			blocks = append(blocks, *ended)
		}
	})
	return blocks
}

// Queries returns the texts of the blocks in a language.
func (p Page) Queries(language string) (queries []string) {
	for _, b := range p.Blocks() {
		if b.Language == language {
			queries = append(queries, b.Text)
		}
	}
	return queries
}

// Items returns the first lines of the items of lists whose mark is as the pattern says.
func (p Page) Items(mark string) (items []string) {
	expression := regexp.MustCompile("^" + mark + " ")
	p.eachLine(func(line string, _ *Block) {
		if found := expression.FindString(line); found != "" {
			items = append(items, line[len(found):])
		}
	})
	return items
}

// Link is a link with its text.
type Link struct{ Text, Target string }

// Links returns those outside of blocks.
func (p Page) Links() (links []Link) {
	expression := regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
	p.eachLine(func(line string, _ *Block) {
		for _, match := range expression.FindAllStringSubmatch(line, -1) {
			links = append(links, Link{match[1], match[2]})
		}
	})
	return links
}

// eachLine calls fn with every line that is outside of blocks and, where one ends, with the block.
func (p Page) eachLine(fn func(line string, ended *Block)) {
	const fence = "```"
	var block *Block
	for _, line := range p.Lines {
		text, isFence := strings.CutPrefix(strings.TrimSpace(line), fence)
		switch {
		case isFence && block == nil:
			block = &Block{Language: text}
		case isFence:
			block.Text = strings.TrimSpace(block.Text)
			fn("", block)
			block = nil
		case block != nil:
			block.Text += strings.TrimSpace(line) + "\n"
		default:
			fn(line, nil)
		}
	}
}
