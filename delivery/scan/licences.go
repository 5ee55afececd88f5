package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// allowedLicences are those under which others may use, change and sell what we ship, if they keep the notices.
func allowedLicences() []string {
	return []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unlicense", "Zlib"}
}

// readByPeople says under what modules come whose licence a program reads wrongly, or not at all. They stay what they are until
// somebody has read them anew.
func readByPeople(module string) (licence string, known bool) {
	switch {
	case module == "std", strings.HasPrefix(module, "golang.org/x/"):
		return "BSD-3-Clause", true // taken for BSD-Source-Code; of the standard library, no text is looked for
	case module == "github.com/rcrowley/go-metrics":
		return "BSD-2-Clause", true // its last two paragraphs are not in the usual text
	default:
		return "", false
	}
}

// ours is what the house itself has written.
const ours = "github.com/myevents/myevents"

// component is a module as a bill of materials describes it (CycloneDX 1.x).
type component struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Licenses []struct {
		License struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"license"`
	} `json:"licenses"`
}

// checkLicences reads a bill of materials and names the modules that may not ship. One whose licence is not known may not.
func checkLicences(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var bill struct {
		Components []component `json:"components"`
	}
	if err := json.Unmarshal(content, &bill); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(bill.Components) == 0 {
		return nil, fmt.Errorf("%s lists no components: it cannot be the bill of what ships", file)
	}
	var findings []string
	for _, c := range bill.Components {
		if c.mayShip() || c.Name == ours || strings.HasPrefix(c.Name, ours+"/") {
			continue
		}
		findings = append(findings, fmt.Sprintf("%s %s: licence %v; allowed are %v", c.Name, c.Version, c.licences(), allowedLicences()))
	}
	return findings, nil
}

// mayShip is true where all licences that were found in a module are allowed: each may hold for a part of it.
func (c component) mayShip() bool {
	for _, licence := range c.licences() {
		if !slices.Contains(allowedLicences(), licence) {
			return false
		}
	}
	return true
}

func (c component) licences() []string {
	if licence, known := readByPeople(c.Name); known {
		return []string{licence}
	}
	var found []string
	for _, l := range c.Licenses {
		found = append(found, l.License.ID+l.License.Name)
	}
	if len(found) == 0 {
		return []string{"unknown"}
	}
	return found
}
