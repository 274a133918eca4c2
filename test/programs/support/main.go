// Reads hexadecimal files, one a line, as `docker compose` or `docker run --env-file` does, and prints for each a JSON
// list of [key, value], or null where the program refuses the file. Used by hand, see fixtures/dotenv/README.md.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/docker/cli/pkg/kvfile"
)

var readers = map[string]func(text string) (map[string]string, error){
	"compose": func(text string) (map[string]string, error) {
		return dotenv.ParseWithLookup(strings.NewReader(text), nil)
	},
	"docker": func(text string) (map[string]string, error) {
		lines, err := kvfile.ParseFromReader(strings.NewReader(text), nil)
		values := map[string]string{}
		for _, line := range lines {
			key, value, _ := strings.Cut(line, "=")
			values[key] = value
		}
		return values, err
	},
}

func main() {
	read := readers[os.Args[1]]
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		text, err := hex.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		pairs := [][2]string{}
		values, err := read(string(text))
		if err != nil {
			fmt.Println("null")
			continue
		}
		for key, value := range values {
			pairs = append(pairs, [2]string{key, value})
		}
		sort.Slice(pairs, func(i, j int) bool { return pairs[i][0] < pairs[j][0] })
		printed, _ := json.Marshal(pairs)
		fmt.Println(string(printed))
	}
}
