// Reads base64 Dockerfiles, one a line, and prints what BuildKit's parser and instruction parser see, as JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type doc struct {
	Name, Content string
	Expand, Chomp bool
}
type ins struct {
	Keyword    string
	Start, End int
	Json       bool
	Args       []string
	Flags      []string
	Heredocs   []doc
	Err        string
}
type result struct {
	Err   string
	Stages int
	ParseErr string
	Ins   []ins
}

func walk(n *parser.Node) []string {
	var args []string
	for a := n.Next; a != nil; a = a.Next {
		if len(a.Children) > 0 {
			c := a.Children[0]
			args = append(args, c.Value)
			args = append(args, walk(c)...)
			continue
		}
		args = append(args, a.Value)
	}
	return args
}

func one(data []byte) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r.Err = fmt.Sprintf("panic: %v", p)
		}
	}()
	res, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		r.Err = err.Error()
		return
	}
	for _, n := range res.AST.Children {
		i := ins{Keyword: n.Value, Start: n.StartLine, End: n.EndLine, Json: n.Attributes["json"], Args: walk(n), Flags: n.Flags}
		if n.Value == "ONBUILD" || n.Value == "onbuild" {
			i.Json = n.Next != nil && len(n.Next.Children) > 0 && n.Next.Children[0].Attributes["json"]
		}
		for _, h := range n.Heredocs {
			i.Heredocs = append(i.Heredocs, doc{h.Name, h.Content, h.Expand, h.Chomp})
		}
		if _, err := instructions.ParseInstruction(n); err != nil {
			i.Err = err.Error()
		}
		r.Ins = append(r.Ins, i)
	}
	stages, _, err := instructions.Parse(res.AST, linter.New(&linter.Config{}))
	if err != nil {
		r.ParseErr = err.Error()
	}
	r.Stages = len(stages)
	return
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(out)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			data, e := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line)))
			if e != nil {
				panic(e)
			}
			enc.Encode(one(data))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			break
		}
	}
	out.Flush()
}
