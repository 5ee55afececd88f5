package page

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
)

const (
	assets  = "/assets/" // what the build names by its content
	gzipped = ".gz"      // the suffix of a file's compressed twin
)

// How long browsers may keep a file: one that is named by its content for ever, any other until they have asked again.
const (
	forever = "public, max-age=31536000, immutable"
	askMe   = "no-cache"
)

// file is a file of the page and what is said of it.
type file struct {
	name         string
	mediaType    string
	cacheControl string
	etag         string // empty where the name changes with the content
	pattern      string // the route in metrics and spans; never the name of an asset, which changes with each build
	index        bool
	compressed   int64 // size of the compressed twin; 0: there is none
}

// list returns the page's files by URL path. What begins with a dot is the build's own, such as its manifest.
func list(built fs.FS) (map[string]file, error) {
	files := map[string]file{}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir() && name != ".":
			return fs.SkipDir
		case entry.IsDir() || strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(name, gzipped):
			return nil
		}
		f, err := describe(built, name)
		if f.index {
			files["/"] = f
		} else {
			files["/"+name] = f
		}
		return err
	})
	return files, err
}

func describe(built fs.FS, name string) (file, error) {
	f := file{name: name, mediaType: mediaType(name), cacheControl: askMe, pattern: "GET /" + name}
	if twin, err := fs.Stat(built, name+gzipped); err == nil {
		f.compressed = twin.Size()
	}
	if strings.HasPrefix("/"+name, assets) {
		f.cacheControl, f.pattern = forever, "GET "+assets+"{file}"
		return f, nil
	}
	if name == "index.html" {
		f.index, f.pattern = true, "GET /"
	}
	content, err := fs.ReadFile(built, name)
	sum := sha256.Sum256(content)
	f.etag = `W/"` + hex.EncodeToString(sum[:8]) + `"`
	return f, err
}

func mediaType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".webmanifest": // few machines know it
		return "application/manifest+json"
	case "":
		return "application/octet-stream"
	default:
		if known := mime.TypeByExtension(extension); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}
