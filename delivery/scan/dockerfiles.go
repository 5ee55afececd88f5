package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// An instruction of a Dockerfile, its continued lines in one.
type instruction struct {
	line       int
	name, rest string
}

// A dockerfile is its instructions and what they may begin from.
type dockerfile struct {
	path         string
	instructions []instruction
	pinned       map[string]string // by names of arguments: the images of images.env
}

// checkDockerfiles holds Dockerfiles against the rules below. The first file pins the images.
func checkDockerfiles(images string, paths []string) ([]string, error) {
	content, err := os.ReadFile(images)
	if err != nil {
		return nil, err
	}
	pinned := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if name, image, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			pinned[name] = image
		}
	}
	var findings []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d := dockerfile{path, parse(string(content)), pinned}
		findings = append(findings, d.bases()...)
		findings = append(findings, d.secrets()...)
		findings = append(findings, d.downloads()...)
		if !strings.HasPrefix(path, "airgap/") { // stand-ins are run as the public images are, some of them by root
			findings = append(findings, d.last()...)
		}
	}
	return findings, nil
}

func parse(content string) []instruction {
	var all []instruction
	continued := false
	number := 0
	for line := range strings.Lines(content) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text := strings.TrimSuffix(line, `\`)
		if continued {
			all[len(all)-1].rest += " " + strings.TrimSpace(text)
		} else {
			name, rest, _ := strings.Cut(text, " ")
			all = append(all, instruction{number, strings.ToUpper(name), strings.TrimSpace(rest)})
		}
		continued = text != line
	}
	return all
}

func (d dockerfile) finding(i instruction, why string) string {
	return fmt.Sprintf("%s:%d: %s %s: %s", d.path, i.line, i.name, i.rest, why)
}

// bases refuses images that somebody else can change under us: all are named in images.env, with a tag.
func (d dockerfile) bases() []string {
	var findings []string
	stages := map[string]bool{"scratch": true}
	for _, i := range d.instructions {
		words := strings.Fields(i.rest)
		switch {
		case i.name == "ARG" && strings.Contains(i.rest, "_IMAGE="):
			if name, image, _ := strings.Cut(i.rest, "="); d.pinned[name] != image {
				findings = append(findings, d.finding(i, "images.env says "+strconv.Quote(d.pinned[name])))
			}
		case i.name == "FROM":
			argument := regexp.MustCompile(`^\$\{?(\w+)\}?$`).FindStringSubmatch(words[0])
			if !stages[words[0]] && (argument == nil || d.pinned[argument[1]] == "") {
				findings = append(findings, d.finding(i, "the image is not one of images.env"))
			}
			if len(words) == 3 {
				stages[words[2]] = true
			}
		}
	}
	return findings
}

// secrets refuses what would stay in a layer, or in the history of the image, for everybody to read.
func (d dockerfile) secrets() []string {
	var findings []string
	secret := regexp.MustCompile(`(?i)\b\w*(password|passwd|secret|token|private_?key|api_?key)\w*\b`)
	for _, i := range d.instructions {
		if (i.name == "ARG" || i.name == "ENV") && secret.MatchString(i.rest) {
			findings = append(findings, d.finding(i, "a secret that is given at build time can be read in the image"))
		}
	}
	return findings
}

// downloads refuses what comes from the network without a package manager that checks it.
func (d dockerfile) downloads() []string {
	var findings []string
	remote := regexp.MustCompile(`\b(curl|wget)\b[^;&|]*://`)
	for _, i := range d.instructions {
		if i.name == "ADD" && strings.Contains(i.rest, "://") || i.name == "RUN" && remote.MatchString(i.rest) {
			findings = append(findings, d.finding(i, "what is not here comes from a package manager, which checks it"))
		}
	}
	return findings
}

// last holds the stage that ships against what a cluster wants of it: no root, by number, and a question for its health.
func (d dockerfile) last() []string {
	var user, health, from instruction
	for _, i := range d.instructions {
		switch i.name {
		case "FROM":
			user, health, from = instruction{}, instruction{}, i
		case "USER":
			user = i
		case "HEALTHCHECK":
			health = i
		}
	}
	var findings []string
	if !regexp.MustCompile(`^[1-9]\d*(:[1-9]\d*)?$`).MatchString(user.rest) {
		findings = append(findings, d.finding(from, "what ships runs as USER NUMBER, which is not 0"))
	}
	if health.name == "" {
		findings = append(findings, d.finding(from, "what ships has a HEALTHCHECK"))
	}
	return findings
}
