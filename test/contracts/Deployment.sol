// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev Deploys what users deploy, byte for byte: the artifact, not what this test's compiler would make of it.
function deploy(string memory name, bytes memory constructorArguments) returns (address deployed) {
    bytes memory creationCode = bytes.concat(vm.getCode(name), constructorArguments);
    assembly ("memory-safe") {
        deployed := create(0, add(creationCode, 32), mload(creationCode))
    }
    require(deployed != address(0), name);
}
